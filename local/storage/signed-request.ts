// Requests to the hosted Azurite over the storage protocol, signed with the development account's key.
// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
import { createHmac } from 'node:crypto';

/** The account and key that every storage emulator has. */
export const developmentAccount = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

const version = '2025-11-05';

export interface StorageRequest {
  readonly method: 'GET' | 'PUT';
  readonly port: number;
  /** Below the account, percent-encoded, with its slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** `x-ms-…` only. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
}

export async function signedRequest(request: StorageRequest): Promise<Response> {
  const { method, port, query = {}, body, contentType } = request;
  const path = `/${developmentAccount.name}${request.path}`;
  const headers = { ...request.headers, 'x-ms-date': new Date().toUTCString(), 'x-ms-version': version };
  const search = new URLSearchParams(query).toString();
  return fetch(`http://127.0.0.1:${port}${path}${search && `?${search}`}`, {
    method,
    headers: {
      ...headers,
      ...(contentType !== undefined && { 'content-type': contentType }),
      authorization: `SharedKey ${developmentAccount.name}:${signature({ ...request, path, headers })}`,
    },
    ...(body !== undefined && { body }),
  });
}

function signature({ method, path, query = {}, headers = {}, body = '', contentType = '' }: StorageRequest): string {
  const byName = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1);
  const lines = (fields: object) =>
    Object.entries(fields)
      .toSorted(byName)
      .map(([name, value]) => `${name}:${value}`);
  const length = body === '' ? '' : String(Buffer.byteLength(body));
  // Encoding, language, length, MD5, type, date, four conditions and range: those not sent are empty.
  const standardHeaders = ['', '', length, '', contentType, '', '', '', '', '', ''];
  const toSign = [method, ...standardHeaders, ...lines(headers), `/${developmentAccount.name}${path}`, ...lines(query)];
  return createHmac('sha256', Buffer.from(developmentAccount.key, 'base64')).update(toSign.join('\n')).digest('base64');
}

/** What storage says against a request. */
export async function refusalOf(answer: Response): Promise<string> {
  const text = await answer.text();
  return answer.headers.get('x-ms-error-code') ?? `${answer.status} ${text}`;
}
