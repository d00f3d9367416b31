// Reading and writing entities in the store: one lock a partition, one commit a batch, one range a query.
import type { Clock } from '../clock.ts';
import type { Change, Store } from '../store/store.ts';
import { applyOperation, type EntityOperation } from './apply-operation.ts';
import type { Table } from './catalogue.ts';
import type { Entity } from './entity.ts';
import { AFTER, decodeEntity, encodeEntity, recordKey } from './entity-record.ts';
import { type Filter, meets, propertyOf } from './filter/filter.ts';
import { commonRange, isInRange, type KeyRange, keyRangeOf } from './filter/key-range.ts';
import { createPartitionLock } from './partition-lock.ts';
import { refusable, TableError } from './table-error.ts';
import { createTimestamps } from './timestamp.ts';

/** The key of the entity a page begins with. */
export interface PageStart {
  readonly partitionKey: string;
  readonly rowKey: string;
}

export interface Query {
  readonly filter?: Filter;
  /** 1 to 1,000. */
  readonly top: number;
  readonly start?: PageStart;
  /** What may be seen at all. */
  readonly within: KeyRange;
}

export interface Page {
  readonly entities: readonly Entity[];
  /** Where the next page begins, when there may be more. */
  readonly next?: PageStart;
}

export interface Entities {
  /** @param within what may be seen at all @throws {TableError} ResourceNotFound */
  get(table: Table, partitionKey: string, rowKey: string, within: KeyRange): Promise<Entity>;
  /** In the order of PartitionKey and RowKey. */
  query(table: Table, query: Query): Promise<Page>;
  /**
   * Writes operations on one partition, all or none, and answers when they are on disk, with each entity as it is then.
   * @throws {OperationError} for the first operation that is refused
   */
  write(table: Table, partitionKey: string, operations: readonly EntityOperation[]): Promise<(Entity | null)[]>;
}

const SCAN_ROWS = 250;
/** Keeps a page of large entities out of memory; Azure too ends a page early. */
const PAGE_BYTES = 4 * 1024 * 1024;
/** Then a page ends, empty if need be. https://learn.microsoft.com/rest/api/storageservices/query-timeout-and-pagination */
const QUERY_MS = 5_000;

export function createEntities(store: Store, clock: Pick<Clock, 'now'>): Entities {
  const exclusively = createPartitionLock();
  const nextTimestamp = createTimestamps(clock);

  async function find(table: Table, partitionKey: string, rowKey: string): Promise<Entity | undefined> {
    const bytes = await store.get(table.space, recordKey(partitionKey, rowKey));
    return bytes && decodeEntity(bytes);
  }

  return {
    async get(table, partitionKey, rowKey, within) {
      const isVisible = isInRange(recordKey(partitionKey, rowKey), within);
      const entity = isVisible && (await find(table, partitionKey, rowKey));
      if (!entity) throw new TableError('ResourceNotFound');
      return entity;
    },

    async query(table, { filter, top, start, within }) {
      const asked = start ? { from: recordKey(start.partitionKey, start.rowKey) } : {};
      const range = commonRange(commonRange(keyRangeOf(filter), asked), within);
      const untilMs = clock.now() + QUERY_MS;
      const entities: Entity[] = [];
      let bytes = 0;
      for await (const { rows, isFirst } of rowsOf(store, table.space, range, top + 1)) {
        const isLate = !isFirst && clock.now() > untilMs;
        for (const { value } of rows) {
          const entity = decodeEntity(value);
          if (entities.length === top || bytes > PAGE_BYTES || isLate) return { entities, next: entity };
          if (filter && !meets(filter, propertyOf(entity))) continue;
          entities.push(entity);
          bytes += value.byteLength;
        }
      }
      return { entities };
    },

    async write(table, partitionKey, operations) {
      // The lock may go once the commit is called: the store lets every later read see it, or rejects what follows too.
      const { written, committed } = await exclusively(`${table.space}/${partitionKey}`, async () => {
        const current = await Promise.all(operations.map(({ rowKey }) => find(table, partitionKey, rowKey)));
        const timestamp = nextTimestamp();
        const entities = operations.map((operation, index) =>
          refusable(index, () => applyOperation(operation, current[index], timestamp)),
        );
        const changes = operations.map(({ rowKey }, index) =>
          toChange(table.space, partitionKey, rowKey, entities[index]),
        );
        return { written: entities, committed: store.commit(changes) };
      });
      await committed;
      return written;
    },
  };
}

/** Reads on, some rows at a time, as long as it is asked; at first no more than are `wanted`. */
async function* rowsOf(store: Store, space: string, { from = '', before }: KeyRange, wanted: number) {
  let start = from;
  let limit = Math.min(wanted, SCAN_ROWS);
  for (let isFirst = true; ; isFirst = false) {
    const rows = await store.scan(space, { from: start, limit, ...(before !== undefined && { before }) });
    yield { rows, isFirst };
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    start = `${last.key}${AFTER}`;
    limit = SCAN_ROWS;
  }
}

function toChange(space: string, partitionKey: string, rowKey: string, entity: Entity | null | undefined): Change {
  return { space, key: recordKey(partitionKey, rowKey), value: entity ? encodeEntity(entity) : null };
}
