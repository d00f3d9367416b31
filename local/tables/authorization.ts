// Who may ask.
// Differs from Azure: an Authorization header or a SAS must be there, but its signature is not checked.
import { headerOf, type TableRequest } from './exchange.ts';
import { TableError } from './table-error.ts';

/** @throws {TableError} AuthenticationFailed */
export function checkAuthorization(request: TableRequest): void {
  const isSigned = /^(?:SharedKey(?:Lite)?|Bearer) \S/.test(headerOf(request, 'authorization') ?? '');
  if (!isSigned && !request.query.get('sig')) throw new TableError('AuthenticationFailed');
}
