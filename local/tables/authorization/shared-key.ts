// Requests signed with the account's key: Shared Key and Shared Key Lite as the Table service has them.
// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
import { TableError } from '../table-error.ts';
import { ACCOUNT, isSignatureOf, SECONDARY_ACCOUNT } from './account.ts';

/** A request as far as signatures cover it. */
export interface SignedRequest {
  readonly method: string;
  /** As it was sent, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** A header's value; its name in lower case. */
  header(name: string): string | undefined;
}

const SKEW_MS = 15 * 60_000;

/** @throws {TableError} AuthenticationFailed */
export function checkSharedKey(request: SignedRequest, authorization: string, nowMs: number): void {
  const [, scheme, account, signature = ''] = /^(SharedKey(?:Lite)?) ([^:]+):(\S+)$/.exec(authorization) ?? [];
  if (scheme === undefined) throw refused('The Authorization header is none of SharedKey or SharedKeyLite.');
  if (account !== ACCOUNT) throw refused(`The only account here is ${ACCOUNT}.`);
  const date = request.header('x-ms-date') ?? request.header('date') ?? '';
  checkDate(date, nowMs);
  const texts = canonicalResources(request).map((resource) => textToSign(scheme, request, date, resource));
  if (!texts.some((text) => isSignatureOf(text, signature)))
    throw refused(`The signature does not match. The text to sign was ${JSON.stringify(texts[0])}.`);
}

function checkDate(date: string, nowMs: number): void {
  const sentMs = Date.parse(date);
  if (Number.isNaN(sentMs)) throw refused('The request has no valid x-ms-date or Date header.');
  if (Math.abs(nowMs - sentMs) > SKEW_MS)
    throw refused(`The request is dated '${date}', more than 15 minutes from the server's time.`);
}

function textToSign(scheme: string, request: SignedRequest, date: string, resource: string): string {
  if (scheme === 'SharedKeyLite') return `${date}\n${resource}`;
  const md5 = request.header('content-md5') ?? '';
  const type = request.header('content-type') ?? '';
  return [request.method, md5, type, date, resource].join('\n');
}

/** Clients sign the address of the secondary by its own name or by the account's. */
function canonicalResources({ path, query }: SignedRequest): string[] {
  const comp = query.get('comp');
  const suffix = comp === null ? '' : `?comp=${comp}`;
  const primary = path.replace(`/${SECONDARY_ACCOUNT}`, `/${ACCOUNT}`);
  return [...new Set([path, primary])].map((each) => `/${ACCOUNT}${each}${suffix}`);
}

function refused(detail: string): TableError {
  return new TableError('AuthenticationFailed', detail);
}
