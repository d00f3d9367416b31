// One entity as the hub holds it: its state, what waits to be done to it, and who has locked it. Decisions are pure, as
// an instance's: an EntityStep is committed first and then applied.
import type { EntityResult } from '../durable-protocol/work.ts';
import type { EntityRequest, Message, Moment, TaskAddress } from './instance.ts';

export interface EntityRecord {
  /** @name@key, the name in lower case. */
  readonly entityId: string;
  readonly exists: boolean;
  /** JSON text. */
  readonly state: string | null;
  readonly lastOperationAtMs: number;
  readonly lock?: EntityLock;
}

interface EntityLock {
  readonly id: string;
  readonly by: TaskAddress;
  /** What its owner sent before is still to be done; then it is gone. */
  readonly isReleased?: true;
}

type WaitingRequest = Exclude<EntityRequest, { kind: 'unlock' }>;
type WaitingOperation = Extract<EntityRequest, { kind: 'operation' }>;

export interface EntityArrival<Request = WaitingRequest> {
  readonly seq: number;
  readonly request: Request;
}

export interface Entity {
  record: EntityRecord;
  readonly inbox: EntityArrival[];
}

export interface EntityStep {
  readonly record?: EntityRecord;
  readonly arrived?: readonly EntityArrival[];
  readonly taken?: readonly number[];
  readonly messages?: readonly Message[];
}

/** How many operations one call of the entity's function takes at most. */
const mostOperations = 1_000;

export function emptyEntity(entityId: string): Entity {
  return { record: { entityId, exists: false, state: null, lastOperationAtMs: 0 }, inbox: [] };
}

/** What happens when a request comes in; a lock is granted once all that came before it is done. */
export function receive(entity: Entity, request: EntityRequest): EntityStep {
  if (request.kind === 'unlock') return unlock(entity, request.id);
  const arrival = { seq: (entity.inbox.at(-1)?.seq ?? -1) + 1, request };
  return withLockGranted(entity, { arrived: [arrival] });
}

/** The operations that may run now: up to the next lock; of a locked entity, those of the lock's owner. */
export function nextBatch({ record, inbox }: Entity): EntityArrival<WaitingOperation>[] {
  const batch: EntityArrival<WaitingOperation>[] = [];
  for (const { seq, request } of inbox) {
    if (batch.length === mostOperations || (request.kind === 'lock' && !record.lock)) break;
    const mayRun = !record.lock || isOwner(record.lock, request);
    if (request.kind === 'operation' && mayRun) batch.push({ seq, request });
  }
  return batch;
}

export function endBatch(
  entity: Entity,
  batch: readonly EntityArrival<WaitingOperation>[],
  result: EntityResult,
  { nowMs }: Moment,
): EntityStep {
  const { exists, state } = result;
  const replies = batch.flatMap(({ request }, index) => reply(request, result.results[index]));
  const signals = result.signals.map(({ entityId, name, input }, index): Message => {
    const operation = { id: `${result.leaseId}/${index}`, name, input, isSignal: true };
    return { kind: 'entity-request', to: entityId, request: { kind: 'operation', operation } };
  });
  return withLockGranted(entity, {
    record: { ...entity.record, exists, state: exists ? state : null, lastOperationAtMs: nowMs },
    taken: batch.map(({ seq }) => seq),
    messages: [...replies, ...signals],
  });
}

export function applyEntityStep(entity: Entity, step: EntityStep): void {
  if (step.record) entity.record = step.record;
  entity.inbox.push(...(step.arrived ?? []));
  if (!step.taken?.length) return;
  const taken = new Set(step.taken);
  const left = entity.inbox.filter(({ seq }) => !taken.has(seq));
  entity.inbox.length = 0;
  for (const arrival of left) entity.inbox.push(arrival);
}

/** Takes the lock away, or the wish for it. */
function unlock(entity: Entity, lockId: string): EntityStep {
  const { record } = entity;
  const { lock } = record;
  if (lock?.id === lockId)
    return withLockGranted(entity, { record: { ...record, lock: { ...lock, isReleased: true } } });
  const wish = entity.inbox.find(({ request }) => request.kind === 'lock' && request.id === lockId);
  return wish ? withLockGranted(entity, { taken: [wish.seq] }) : {};
}

/** When a lock is what comes next after `step`, it is granted in the same step. */
function withLockGranted(entity: Entity, step: EntityStep): EntityStep {
  const taken = new Set(step.taken);
  const left = [...entity.inbox, ...(step.arrived ?? [])].filter(({ seq }) => !taken.has(seq));
  const { lock, ...record } = step.record ?? entity.record;
  if (lock && !(lock.isReleased && left.every(({ request }) => !isOwner(lock, request)))) return step;
  const unlocked = lock ? { ...step, record } : step;
  const [first] = left;
  if (first?.request.kind !== 'lock') return unlocked;
  const { id, replyTo } = first.request;
  return {
    ...unlocked,
    record: { ...record, lock: { id, by: replyTo } },
    taken: [...(step.taken ?? []), first.seq],
    messages: [
      ...(step.messages ?? []),
      { kind: 'lock-granted', to: replyTo.instanceId, task: replyTo, entityId: record.entityId, lockId: id },
    ],
  };
}

function isOwner({ by }: EntityLock, request: WaitingRequest): boolean {
  return request.replyTo?.instanceId === by.instanceId && request.replyTo.executionId === by.executionId;
}

/** The library takes an exceptionType for a failure and makes an Error of the result. */
function reply(
  { operation, replyTo }: WaitingOperation,
  result: EntityResult['results'][number] | undefined,
): Message[] {
  if (!replyTo) return [];
  const { isError, result: text } = result ?? { isError: true, result: '"The entity did not answer."' };
  const answer = { result: text ?? undefined, ...(isError && { exceptionType: 'Error' }) };
  return [
    {
      kind: 'entity-reply',
      to: replyTo.instanceId,
      task: replyTo,
      requestId: operation.id,
      answer: JSON.stringify(answer),
    },
  ];
}
