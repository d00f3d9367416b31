// What the bearer of a request may do, and what each operation needs.
// https://learn.microsoft.com/rest/api/storageservices/create-account-sas#table-service
import type { EntityOperation } from '../apply-operation.ts';
import { recordKey } from '../entity-record.ts';
import { isInRange, type KeyRange } from '../filter/key-range.ts';
import { TableError } from '../table-error.ts';

/** What a shared access signature gives. */
export interface SasGrant {
  /** One letter an operation: `raud` of a table, `rwdlacu` of an account. */
  readonly permissions: string;
  /** `s` service, `c` tables, `o` entities. */
  readonly resourceTypes: string;
  /** The one table, in lower case; any where it is missing. */
  readonly table?: string;
  /** The entities that are seen. */
  readonly range: KeyRange;
}

/** The owner of the account may do all. */
export type Grant = 'owner' | SasGrant;

/** One of these letters. */
const TABLE_NEEDS = { list: ['l'], create: ['c', 'w'], drop: ['d'] } as const;

/** @throws {TableError} AuthorizationResourceTypeMismatch, AuthorizationPermissionMismatch */
export function checkTables(grant: Grant, operation: keyof typeof TABLE_NEEDS): void {
  if (grant === 'owner') return;
  checkType(grant, 'c');
  if (!TABLE_NEEDS[operation].some((letter) => grant.permissions.includes(letter)))
    throw new TableError('AuthorizationPermissionMismatch');
}

/** Properties of the service. @throws {TableError} AuthorizationResourceTypeMismatch, AuthorizationPermissionMismatch */
export function checkService(grant: Grant, permission: 'r' | 'w'): void {
  if (grant === 'owner') return;
  checkType(grant, 's');
  checkPermissions(grant, permission);
}

/** Access policies are the owner's. @throws {TableError} AuthorizationFailure */
export function checkOwner(grant: Grant): void {
  if (grant !== 'owner') throw new TableError('AuthorizationFailure', 'It takes the key of the account.');
}

/** @returns the entities that may be read @throws {TableError} */
export function readableRange(grant: Grant, table: string): KeyRange {
  if (grant === 'owner') return {};
  checkEntities(grant, table, 'r');
  return grant.range;
}

/** @throws {TableError} AuthorizationFailure for an entity outside of the range, … */
export function checkWrite(grant: Grant, table: string, operation: EntityOperation): void {
  if (grant === 'owner') return;
  checkEntities(grant, table, neededFor(operation));
  if (!isInRange(recordKey(operation.partitionKey, operation.rowKey), grant.range))
    throw new TableError('AuthorizationFailure', 'The entity is outside of the range the signature is for.');
}

function neededFor({ kind, ifMatch }: EntityOperation): string {
  if (kind === 'insert') return 'a';
  if (kind === 'delete') return 'd';
  return ifMatch === undefined ? 'au' : 'u';
}

function checkEntities(grant: SasGrant, table: string, permissions: string): void {
  checkType(grant, 'o');
  if (grant.table !== undefined && grant.table !== table.toLowerCase())
    throw new TableError('AuthenticationFailed', `The signature is for the table '${grant.table}'.`);
  checkPermissions(grant, permissions);
}

function checkType(grant: SasGrant, type: 's' | 'c' | 'o'): void {
  if (!grant.resourceTypes.includes(type)) throw new TableError('AuthorizationResourceTypeMismatch');
}

function checkPermissions(grant: SasGrant, letters: string): void {
  for (const letter of letters)
    if (!grant.permissions.includes(letter)) throw new TableError('AuthorizationPermissionMismatch');
}
