// Who may ask: the owner of the account's key, or the bearer of a shared access signature.
import { TableError } from '../table-error.ts';
import type { Grant } from './grant.ts';
import { readSas, type SasContext } from './sas.ts';
import { checkSharedKey, type SignedRequest } from './shared-key.ts';

/**
 * Differs from Azure: tokens of Entra are not taken.
 * @throws {TableError} AuthenticationFailed, Authorization…Mismatch
 */
export function authorize(request: SignedRequest, context: SasContext): Grant {
  const authorization = request.header('authorization');
  if (authorization === undefined && request.query.has('sig')) return readSas(request.query, context);
  if (authorization === undefined)
    throw new TableError('AuthenticationFailed', 'The request has neither an Authorization header nor a SAS.');
  if (/^Bearer /i.test(authorization))
    throw new TableError('AuthenticationFailed', 'Tokens are not taken here: use the key of the account or a SAS.');
  checkSharedKey(request, authorization, context.nowMs);
  return 'owner';
}
