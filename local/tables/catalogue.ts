// Which tables there are. A table's rows stand in a space of their own, named by an id, so that dropping a table is one
// small commit however large it is; its rows are swept afterwards, at the latest when the server starts again.
import { randomUUID } from 'node:crypto';
import type { Store } from '../store/store.ts';
import type { AccessPolicies } from './authorization/access-policy.ts';
import { createPartitionLock } from './partition-lock.ts';
import { TableError } from './table-error.ts';

export interface Table {
  readonly name: string;
  /** The store's space of its rows. */
  readonly space: string;
  readonly policies?: AccessPolicies;
}

export interface Catalogue {
  /** Names are case-insensitive. @throws {TableError} TableNotFound, InvalidResourceName */
  find(name: string): Table;
  /** @throws {TableError} TableAlreadyExists, InvalidResourceName, OutOfRangeInput */
  create(name: string): Promise<void>;
  /**
   * Differs from Azure: the name of a deleted table is free at once, not after some forty seconds of TableBeingDeleted.
   * @throws {TableError} ResourceNotFound
   */
  drop(name: string): Promise<void>;
  /** Replaces the stored access policies of a table. @throws {TableError} TableNotFound */
  setPolicies(name: string, policies: AccessPolicies): Promise<void>;
  /** In ascending order. */
  names(): string[];
}

const TABLES = 'tables.names';
const DROPPED = 'tables.dropped';
const SWEEP_ROWS = 500;
const CATALOGUE_LIMIT = 1_000_000;

export async function openCatalogue(store: Store): Promise<Catalogue> {
  const tables = new Map<string, Table>();
  const exclusively = createPartitionLock();
  for (const { key, value } of await store.scan(TABLES, { limit: CATALOGUE_LIMIT })) tables.set(key, decode(value));
  for (const { key } of await store.scan(DROPPED, { limit: CATALOGUE_LIMIT })) await sweep(store, key);

  async function write(table: Table): Promise<void> {
    const key = table.name.toLowerCase();
    await store.commit([{ space: TABLES, key, value: Buffer.from(JSON.stringify(table)) }]);
    tables.set(key, table);
  }

  function find(name: string): Table {
    checkTableName(name);
    const table = tables.get(name.toLowerCase());
    if (!table) throw new TableError('TableNotFound');
    return table;
  }

  return {
    find,
    create: (name) =>
      exclusively(TABLES, async () => {
        checkTableName(name);
        if (tables.has(name.toLowerCase())) throw new TableError('TableAlreadyExists');
        await write({ name, space: `tables.rows.${randomUUID()}` });
      }),
    drop: (name) =>
      exclusively(TABLES, async () => {
        const key = name.toLowerCase();
        const table = tables.get(key);
        if (!table) throw new TableError('ResourceNotFound');
        await store.commit([
          { space: TABLES, key, value: null },
          { space: DROPPED, key: table.space, value: new Uint8Array() },
        ]);
        tables.delete(key);
        await sweep(store, table.space);
      }),
    setPolicies: (name, policies) => exclusively(TABLES, () => write({ ...find(name), policies })),
    names: () =>
      [...tables.values()].map((table) => table.name).toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
  };
}

async function sweep(store: Store, space: string): Promise<void> {
  let rows = await store.scan(space, { limit: SWEEP_ROWS });
  while (rows.length > 0) {
    await store.commit(rows.map(({ key }) => ({ space, key, value: null })));
    rows = await store.scan(space, { limit: SWEEP_ROWS });
  }
  await store.commit([{ space: DROPPED, key: space, value: null }]);
}

function decode(value: Uint8Array): Table {
  return JSON.parse(new TextDecoder().decode(value)) as Table;
}

function checkTableName(name: string): void {
  if (name.length < 3 || name.length > 63)
    throw new TableError('OutOfRangeInput', 'A table name has 3 to 63 characters.');
  if (!/^[A-Za-z][A-Za-z\d]*$/.test(name) || name.toLowerCase() === 'tables')
    throw new TableError('InvalidResourceName');
}
