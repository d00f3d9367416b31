// Shared access signatures in an address: of the account, or of one table and a range of its entities.
// https://learn.microsoft.com/rest/api/storageservices/create-account-sas and …/create-service-sas
import { isIPv4 } from 'node:net';
import { AFTER, recordKey, SEPARATOR } from '../entity-record.ts';
import type { KeyRange } from '../filter/key-range.ts';
import { TableError } from '../table-error.ts';
import type { AccessPolicy } from './access-policy.ts';
import { ACCOUNT, isSignatureOf } from './account.ts';
import type { SasGrant } from './grant.ts';

export interface SasContext {
  readonly nowMs: number;
  readonly remoteAddress: string;
  /** The stored policy of that table and name. */
  policyOf(table: string, id: string): AccessPolicy | undefined;
}

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?Z)?$/;

/** @throws {TableError} AuthenticationFailed, AuthorizationServiceMismatch, AuthorizationProtocolMismatch, AuthorizationSourceIPMismatch */
export function readSas(query: URLSearchParams, context: SasContext): SasGrant {
  const table = query.get('tn')?.toLowerCase();
  const text = table === undefined ? accountText(query) : tableText(query, table);
  if (!isSignatureOf(text, query.get('sig') ?? ''))
    throw refused(`The signature does not match. The text to sign was ${JSON.stringify(text)}.`);
  const policy = policyFor(query, table, context);
  checkTime(policy, context.nowMs);
  if (query.get('spr') === 'https') throw new TableError('AuthorizationProtocolMismatch');
  checkSource(query.get('sip'), context.remoteAddress);
  if (table !== undefined) return { permissions: policy.permissions, resourceTypes: 'o', table, range: rangeOf(query) };
  if (!query.get('ss')?.includes('t')) throw new TableError('AuthorizationServiceMismatch');
  return { permissions: policy.permissions, resourceTypes: query.get('srt') ?? '', range: {} };
}

function accountText(query: URLSearchParams): string {
  const version = query.get('sv') ?? '';
  if (version < '2015-04-05') throw refused('An account SAS has a version (sv) of 2015-04-05 or later.');
  const fields = valuesOf(query, ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv']);
  const scope = version >= '2020-12-06' ? valuesOf(query, ['ses']) : [];
  return [ACCOUNT, ...fields, ...scope, ''].join('\n');
}

function tableText(query: URLSearchParams, table: string): string {
  const version = query.get('sv') ?? '';
  const resource = `${version >= '2015-02-21' ? '/table' : ''}/${ACCOUNT}/${table}`;
  const since2015 = version >= '2015-04-05' ? ['sip', 'spr'] : [];
  const rest = ['si', ...since2015, 'sv', 'spk', 'srk', 'epk', 'erk'];
  return [...valuesOf(query, ['sp', 'st', 'se']), resource, ...valuesOf(query, rest)].join('\n');
}

function valuesOf(query: URLSearchParams, names: readonly string[]): string[] {
  return names.map((name) => query.get(name) ?? '');
}

/** The address' own permissions and times, or those of the stored policy it names; each stands in one place only. */
function policyFor(query: URLSearchParams, table: string | undefined, context: SasContext): Required<AccessPolicy> {
  const [permissions = '', start = '', expiry = ''] = valuesOf(query, ['sp', 'st', 'se']);
  const id = query.get('si');
  if (!id || table === undefined) return { permissions, start, expiry };
  const stored = context.policyOf(table, id);
  if (!stored) throw refused(`The table has no access policy '${id}'.`);
  const isTwice = (stored.permissions && permissions) || (stored.start && start) || (stored.expiry && expiry);
  if (isTwice) throw refused(`What the access policy '${id}' says must not be said in the address too.`);
  return {
    permissions: stored.permissions || permissions,
    start: stored.start || start,
    expiry: stored.expiry || expiry,
  };
}

function checkTime({ start, expiry }: Required<AccessPolicy>, nowMs: number): void {
  for (const time of [start, expiry])
    if (time !== '' && (!TIME.test(time) || Number.isNaN(Date.parse(time)))) throw refused(`'${time}' is no time.`);
  if (expiry === '') throw refused('The signature says nowhere when it expires.');
  if (nowMs >= Date.parse(expiry) || (start !== '' && nowMs < Date.parse(start)))
    throw refused(
      `Signature not valid in the specified time frame: Start [${start}] - Expiry [${expiry}] - Current [${new Date(nowMs).toISOString()}].`,
    );
}

function checkSource(allowed: string | null, remoteAddress: string): void {
  if (!allowed) return;
  const [first = '', last = first] = allowed.split('-');
  if (![first, last, remoteAddress].every((each) => isIPv4(each)))
    throw new TableError('AuthorizationSourceIPMismatch');
  const address = numberOf(remoteAddress);
  if (address < numberOf(first) || address > numberOf(last)) throw new TableError('AuthorizationSourceIPMismatch');
}

function numberOf(ipv4: string): number {
  return ipv4.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

/** Both ends belong to it; without a row key an end takes in its whole partition. */
function rangeOf(query: URLSearchParams): KeyRange {
  const [startPartition, startRow, endPartition, endRow] = ['spk', 'srk', 'epk', 'erk'].map((name) => query.get(name));
  return {
    ...(startPartition && { from: startRow ? recordKey(startPartition, startRow) : `${startPartition}${SEPARATOR}` }),
    ...(endPartition && { before: `${endRow ? recordKey(endPartition, endRow) : endPartition}${AFTER}` }),
  };
}

function refused(detail: string): TableError {
  return new TableError('AuthenticationFailed', detail);
}
