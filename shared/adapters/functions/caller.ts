// Who calls: what an Idempotency-Key belongs to, and later what a limit counts.
import type { HttpRequest } from '@azure/functions';

/**
 * The customer a request names; without one, the client's address.
 * Without sign-in nobody vouches for either.
 */
export const callerOf = (request: HttpRequest, customerId?: string): string => customerId ?? clientAddress(request);

/**
 * The last hop of X-Forwarded-For: what the proxy before us saw, App Service's own front or the local one. Whatever stands before
 * it the client may have written itself. App Service adds the client's port.
 */
function clientAddress(request: HttpRequest): string {
  const last = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '';
  const [, bracketed, plain] = /^\[([\da-f:.]+)\](?::\d+)?$|^([\d.]+):\d+$/i.exec(last) ?? [];
  return bracketed ?? plain ?? (last === '' ? 'unknown' : last);
}
