// Whose turn it is on an entity: the pure decisions, as a hub takes them.
import { describe, expect, it } from 'vitest';
import {
  type Entity,
  type EntityStep,
  applyEntityStep,
  emptyEntity,
  endBatch,
  nextBatch,
  receive,
} from '../../../local/task-hub/entity.ts';
import type { EntityRequest } from '../../../local/task-hub/instance.ts';

const moment = { nowMs: 1, freshExecutionId: 'next' };
const by = (instanceId: string) => ({ instanceId, executionId: 'e', taskId: 0 });
const lock = (owner: string): EntityRequest => ({ kind: 'lock', id: owner, replyTo: by(owner) });
const unlock = (owner: string): EntityRequest => ({ kind: 'unlock', id: owner });
const call = (owner: string, id: string): EntityRequest => ({
  kind: 'operation',
  operation: { id, name: 'add', input: '1', isSignal: false },
  replyTo: by(owner),
});

function entityAfter(...requests: EntityRequest[]): Entity {
  const entity = emptyEntity('@counter@key');
  for (const request of requests) applyEntityStep(entity, receive(entity, request));
  return entity;
}

const turn = (entity: Entity) => nextBatch(entity).map(({ request }) => request.operation.id);
const owner = ({ record }: Entity) => record.lock?.by.instanceId;

function finish(entity: Entity): EntityStep {
  const batch = nextBatch(entity);
  const results = batch.map(() => ({ isError: false, result: null }));
  const result = {
    of: 'entity' as const,
    leaseId: 'l',
    entityId: '@counter@key',
    exists: true,
    state: '1',
    results,
    signals: [],
  };
  const step = endBatch(entity, batch, result, moment);
  applyEntityStep(entity, step);
  return step;
}

describe('a lock', () => {
  it('lets only its owner in, and passes on to whoever asked next', () => {
    const entity = entityAfter(lock('a'), lock('b'), call('c', 'other'), call('a', 'own'));
    expect(turn(entity)).toEqual(['own']);
    finish(entity);
    expect([turn(entity), owner(entity)]).toEqual([[], 'a']);
    applyEntityStep(entity, receive(entity, unlock('a')));
    expect([turn(entity), owner(entity)]).toEqual([[], 'b']);
    applyEntityStep(entity, receive(entity, unlock('b')));
    expect([turn(entity), owner(entity)]).toEqual([['other'], undefined]);
  });

  it('released while an operation of its owner waits or runs is passed on only after that', () => {
    const entity = entityAfter(lock('a'), lock('b'), call('a', 'own'), unlock('a'));
    expect([turn(entity), owner(entity)]).toEqual([['own'], 'a']);
    expect(finish(entity).messages).toMatchObject([{ kind: 'entity-reply' }, { kind: 'lock-granted', to: 'b' }]);
    expect(owner(entity)).toBe('b');
  });

  it('is not granted before what came first is done', () => {
    const entity = entityAfter(call('c', 'first'), lock('a'));
    expect([turn(entity), owner(entity)]).toEqual([['first'], undefined]);
    finish(entity);
    expect(owner(entity)).toBe('a');
  });

  it('no longer wanted is not waited for', () => {
    const entity = entityAfter(lock('a'), lock('b'), lock('c'), unlock('b'), unlock('a'));
    expect(owner(entity)).toBe('c');
  });
});
