// The entities in the store, one writer each: a record, and what waits in rows of its own. An entity that does not exist
// and waits for nothing has no rows.
import type { Change, Store } from '../store/store.ts';
import {
  type Entity,
  type EntityArrival,
  type EntityRecord,
  type EntityStep,
  applyEntityStep,
  emptyEntity,
} from './entity.ts';
import { eachOwner, eachRow, numbered, ownedRows, parse, put, remove } from './rows.ts';
import { Shelf } from './shelf.ts';

export interface Entities {
  /** As it was last committed. */
  record(entityId: string): Promise<EntityRecord>;
  /** Runs `use` while nobody else reads or changes the entity. */
  withEntity<T>(entityId: string, use: (entity: Entity) => Promise<T>): Promise<T>;
  /** Commits, then applies; only inside `withEntity`. `extra` goes into the same commit. */
  commit(entity: Entity, step: EntityStep, extra: readonly Change[]): Promise<void>;
  /** Records in the order of their ids, of those that begin with `prefix`, after the id `afterId`. */
  each(prefix: string, afterId?: string): AsyncGenerator<EntityRecord>;
  /** Ids of those for whom something waits. */
  eachWaiting(): AsyncGenerator<string>;
}

const spaces = { entities: 'task-hub.entities', inbox: 'task-hub.entity-inbox' };
const mostEntitiesInMemory = 10_000;

/** A key may hold anything, '/' too. */
const rowKey = (entityId: string) => encodeURIComponent(entityId.toWellFormed());

export function createEntities(store: Store): Entities {
  const shelf = new Shelf<Entity>({ load: loadEntity, weightOf: () => 1, mostWeight: mostEntitiesInMemory });

  async function loadEntity(entityId: string): Promise<Entity> {
    const [record, arrived] = await Promise.all([
      store.get(spaces.entities, rowKey(entityId)),
      ownedRows<EntityArrival>(store, spaces.inbox, rowKey(entityId)),
    ]);
    const entity = emptyEntity(entityId);
    applyEntityStep(entity, { arrived, ...(record && { record: parse(record) as EntityRecord }) });
    return entity;
  }

  return {
    async record(entityId) {
      const bytes = await store.get(spaces.entities, rowKey(entityId));
      return bytes ? (parse(bytes) as EntityRecord) : emptyEntity(entityId).record;
    },
    withEntity: (entityId, use) => shelf.use(entityId, async (entity = emptyEntity(entityId)) => use(entity)),
    async commit(entity, step, extra) {
      const changes = [...stepChanges(entity.record.entityId, step), ...extra];
      if (changes.length > 0) await store.commit(changes);
      applyEntityStep(entity, step);
      shelf.keep(entity.record.entityId, entity);
    },
    async *each(prefix, afterId) {
      const from = rowKey(prefix);
      const after = afterId === undefined ? from : `${rowKey(afterId)}\0`;
      for await (const { key, value } of eachRow(store, spaces.entities, after)) {
        if (!key.startsWith(from)) return;
        yield parse(value) as EntityRecord;
      }
    },
    async *eachWaiting() {
      for await (const owner of eachOwner(store, spaces.inbox)) yield decodeURIComponent(owner);
    },
  };
}

function stepChanges(entityId: string, { record, arrived = [], taken = [] }: EntityStep): Change[] {
  const key = rowKey(entityId);
  const changes: Change[] = [];
  if (record)
    changes.push(record.exists || record.lock ? put(spaces.entities, key, record) : remove(spaces.entities, key));
  // What arrives and is taken in one step is written and removed again.
  for (const arrival of arrived) changes.push(put(spaces.inbox, numbered(key, arrival.seq), arrival));
  for (const seq of taken) changes.push(remove(spaces.inbox, numbered(key, seq)));
  return changes;
}
