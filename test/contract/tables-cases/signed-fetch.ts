// Requests the SDK would not send, signed with the account's key as Shared Key Lite.
import { createHmac } from 'node:crypto';
import { ACCOUNT, KEY } from './client.ts';

export interface RawRequest {
  readonly method?: string;
  readonly body?: string;
  /** What is given here is sent, and signed, as it is. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param address all of it, as http://127.0.0.1:10002/devstoreaccount1/Tables */
export function signedFetch(
  address: string,
  { method = 'GET', body, headers = {} }: RawRequest = {},
): Promise<Response> {
  const url = new URL(address);
  const date = headers['x-ms-date'] ?? new Date().toUTCString();
  const comp = url.searchParams.get('comp');
  const resource = `/${ACCOUNT}${url.pathname}${comp === null ? '' : `?comp=${comp}`}`;
  return fetch(url, {
    method,
    headers: {
      'x-ms-date': date,
      Authorization: `SharedKeyLite ${ACCOUNT}:${hmac(`${date}\n${resource}`)}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}

export function hmac(text: string): string {
  return createHmac('sha256', Buffer.from(KEY, 'base64')).update(text).digest('base64');
}

/** `404 ResourceNotFound`; the status alone where there is no error in it. */
export async function outcomeOf(response: Response): Promise<string> {
  const text = await response.text();
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return code === undefined ? String(response.status) : `${response.status} ${code}`;
}
