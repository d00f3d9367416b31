// Get and Set Table ACL: the stored access policies that signatures can name.
import { readPolicies, writePolicies } from './authorization/access-policy.ts';
import { checkOwner } from './authorization/grant.ts';
import type { Service, TableAnswer, TableRequest } from './exchange.ts';
import { TableError } from './table-error.ts';

export async function handlePolicies(
  { catalogue }: Service,
  request: TableRequest,
  name: string,
): Promise<TableAnswer> {
  checkOwner(request.grant);
  const table = catalogue.find(name);
  if (request.method === 'GET')
    return { status: 200, headers: { 'Content-Type': 'application/xml' }, body: writePolicies(table.policies ?? {}) };
  if (request.method !== 'PUT') throw new TableError('MethodNotAllowed');
  await catalogue.setPolicies(name, readPolicies(request.body));
  return { status: 204, headers: {} };
}
