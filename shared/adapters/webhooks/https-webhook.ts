// Posts to a receiver outside. The name is resolved by the connection itself and every address it answers is judged, so that no
// second look at the name can answer another one (DNS rebinding). Redirects are not followed. The queue tries again.
import { lookup as resolveName } from 'node:dns/promises';
import { type ClientRequestArgs, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { AppError } from '../../kernel/errors.ts';
import { type AddressRule, isAllowedAddress, notAllowed, readWebAddress } from '../../webhooks/web-address.ts';
import type { PostToWebhook, SignedCall } from '../../webhooks/webhook.ts';
import type { Guard } from '../resilience/guard.ts';

type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const resolveByDns: Resolve = (host) => resolveName(host, { all: true });

/**
 * Whether the address may be registered: everything its name stands for now is public. Judged again at each call.
 * @throws AppError webhook-not-allowed
 */
export async function checkWebhookAddress(text: string, rule: AddressRule, resolve = resolveByDns): Promise<void> {
  const { hostname } = readWebAddress(text, rule);
  if (hostname.startsWith('[')) return;
  await allowedAddresses(hostname, rule, resolve).catch((error: unknown) => {
    throw error instanceof AppError ? error : notAllowed('has a host that no name server knows');
  });
}

async function allowedAddresses(host: string, rule: AddressRule, resolve: Resolve) {
  const addresses = await resolve(host);
  if (addresses.length === 0 || !addresses.every(({ address }) => isAllowedAddress(address, rule)))
    throw notAllowed('has to be of a public host');
  return addresses;
}

/** @param resolve names to addresses; default: the machine's */
export const httpsWebhook =
  (rule: AddressRule, guard: Guard, resolve: Resolve = resolveByDns): PostToWebhook =>
  async (text, call) => {
    const url = readWebAddress(text, rule);
    const lookup: LookupFunction = (host, { all }, answer) => {
      allowedAddresses(host, rule, resolve).then(
        (found) => (all === true ? answer(null, [...found]) : answer(null, found[0]?.address ?? '', found[0]?.family)),
        (error: Error) => answer(error, '', 0),
      );
    };
    const status = await guard.run((signal) => post(url, call, lookup, signal));
    if (status >= 200 && status < 300) return 'taken';
    if (status === 410) return 'gone';
    const detail = `${url.host} answered ${status}`;
    const mayPass = status >= 500 || [408, 425, 429].includes(status);
    throw mayPass ? new AppError('webhook-unavailable', detail) : new AppError('webhook-refused', detail);
  };

/** The status of the answer, whose body nobody reads. */
function post(url: URL, { headers, body }: SignedCall, lookup: LookupFunction, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const bytes = Buffer.from(body);
  const options: ClientRequestArgs = {
    method: 'POST',
    headers: { ...headers, 'content-length': bytes.byteLength },
    lookup,
    agent: false,
    signal,
  };
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  request.on('error', (cause) => {
    const isOurs = cause instanceof AppError;
    reject(isOurs ? cause : new AppError('webhook-unavailable', `${url.host} does not answer`, { cause }));
  });
  request.end(bytes);
  return promise;
}
