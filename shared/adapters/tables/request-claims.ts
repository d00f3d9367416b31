// A row a claim: who came with which key stands there as hashes only, so nothing in it is about a person.
import { createHash } from 'node:crypto';
import { odata, type TableClient } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type {
  Claimed,
  Hold,
  IdempotencyClaim,
  KeyedOperation,
  RequestClaims,
  TakenClaim,
} from '../../kernel/request-claims.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';

interface ClaimRow extends Claimed {
  readonly requestHash: string;
  /** Until then whoever runs the request is taken to be alive. */
  readonly heldUntil: Date;
  readonly answer?: string;
}

interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}

const monthMs = 30 * 24 * 3_600_000;
const attempts = 8;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const keyOf = ({ name }: KeyedOperation, { caller, key }: IdempotencyClaim): Key => ({
  partitionKey: `${name}-${hash(caller)}`,
  rowKey: hash(key),
});

/** @param leaseMs how long a claim is ours without being renewed: longer than clocks differ and a process stalls */
export function tableRequestClaims(table: TableClient, now: () => number, leaseMs: number): RequestClaims {
  const heldUntil = (): Date => new Date(now() + leaseMs);
  const create = async (key: Key, operation: KeyedOperation, requestHash: string): Promise<TakenClaim | undefined> => {
    const claimed = { id: newId(), at: new Date(now()).toISOString() };
    const end = operation.keeps === 'month' ? { collectAfter: new Date(now() + monthMs) } : {};
    const row = { ...key, ...claimed, requestHash, heldUntil: heldUntil(), ...end };
    let etag: string | undefined;
    const created = await unlessStatus([409], async () => ({ etag } = await table.createEntity(row)));
    return created
      ? { ...claimed, state: 'ours', hold: holdOf(table, key, { etag, isFirst: true }, heldUntil) }
      : undefined;
  };
  return {
    take: async (operation, claim) => {
      const key = keyOf(operation, claim);
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const fresh = await create(key, operation, claim.requestHash);
        if (fresh !== undefined) return fresh;
        const row = await orUndefined(() => table.getEntity<ClaimRow>(key.partitionKey, key.rowKey));
        if (row === undefined) continue;
        checkRequest(row, claim);
        const { id, at, answer } = row;
        if (answer !== undefined) return { id, at, state: 'answered', json: answer };
        if (row.heldUntil.getTime() > now()) return { id, at, state: 'running' };
        const hold = holdOf(table, key, { etag: row.etag, isFirst: false }, heldUntil);
        if (await hold.renew()) return { id, at, state: 'ours', hold };
      }
      throw new AppError('concurrent-change', 'Others come with the same Idempotency-Key; try again');
    },
    collect: () => withStorage(() => collect(table, now())),
  };
}

function checkRequest({ requestHash }: ClaimRow, claim: IdempotencyClaim): void {
  if (requestHash === claim.requestHash) return;
  const detail = 'This Idempotency-Key came with another request before: use a new key for a new request';
  throw new AppError('idempotency-key-reused', detail);
}

/** By ETag: whoever was taken for dead changes nothing any more. */
function holdOf(
  table: TableClient,
  key: Key,
  seen: { readonly etag: string | undefined; readonly isFirst: boolean },
  heldUntil: () => Date,
): Hold {
  let etag = seen.etag ?? '*';
  const merge = (change: Partial<ClaimRow>): Promise<boolean> =>
    unlessStatus([412], async () => {
      const written = await table.updateEntity({ ...key, ...change }, 'Merge', { etag });
      etag = written.etag ?? etag;
    });
  const release = async (): Promise<void> => void (await merge({ heldUntil: new Date(0) }));
  const remove = () => table.deleteEntity(key.partitionKey, key.rowKey, { etag });
  return {
    renew: () => merge({ heldUntil: heldUntil() }),
    answer: async (json) => void (await merge({ answer: json })),
    release,
    forget: seen.isFirst ? async () => void (await unlessStatus([404, 412], () => remove())) : release,
  };
}

async function collect(table: TableClient, nowMs: number): Promise<number> {
  const filter = odata`collectAfter lt ${new Date(nowMs)}`;
  const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
  let collected = 0;
  for await (const { partitionKey = '', rowKey = '' } of table.listEntities({ queryOptions })) {
    if (await unlessStatus([404], () => table.deleteEntity(partitionKey, rowKey))) collected += 1;
  }
  return collected;
}
