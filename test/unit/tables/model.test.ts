// Any sequence of writes answers as a plain map would, and parallel writers lose nothing.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../../local/store/store.ts';
import type { EntityOperation } from '../../../local/tables/apply-operation.ts';
import { type Catalogue, openCatalogue, type Table } from '../../../local/tables/catalogue.ts';
import { createEntities, type Entities, type Page } from '../../../local/tables/entities.ts';
import { OperationError } from '../../../local/tables/table-error.ts';
import { etagOf } from '../../../local/tables/timestamp.ts';

let store: Store;
let catalogue: Catalogue;
let entities: Entities;
let tables = 0;

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  catalogue = await openCatalogue(store);
  entities = createEntities(store, { now: () => 0 });
});
afterAll(() => store.close());

async function newTable(): Promise<Table> {
  tables += 1;
  await catalogue.create(`table${tables}`);
  return catalogue.find(`table${tables}`);
}

interface Step {
  readonly kind: EntityOperation['kind'];
  readonly rowKey: string;
  readonly ifMatch: 'none' | 'any' | 'current' | 'outdated';
  readonly property: string;
  readonly value: number;
}

interface Batch {
  readonly partitionKey: string;
  readonly steps: readonly Step[];
}

type Rows = ReadonlyMap<string, Readonly<Record<string, number>>>;

/** The rows after the step, or the code it is refused with. */
function modelStep(rows: Rows, step: Step): Rows | string {
  const current = rows.get(step.rowKey);
  const refusal = current ? refusalOfPresent(step) : refusalOfMissing(step);
  if (refusal !== undefined) return refusal;
  const next = new Map(rows);
  if (step.kind === 'delete') next.delete(step.rowKey);
  else next.set(step.rowKey, { ...(step.kind === 'merge' && current), [step.property]: step.value });
  return next;
}

function refusalOfPresent({ kind, ifMatch }: Step): string | undefined {
  if (kind === 'insert') return 'EntityAlreadyExists';
  if (kind === 'delete' && ifMatch === 'none') return 'MissingRequiredHeader';
  return ifMatch === 'outdated' ? 'UpdateConditionNotSatisfied' : undefined;
}

function refusalOfMissing({ kind, ifMatch }: Step): string | undefined {
  if (kind === 'insert') return undefined;
  if (kind === 'delete' && ifMatch === 'none') return 'MissingRequiredHeader';
  return ifMatch === 'none' ? undefined : 'ResourceNotFound';
}

function modelBatch(rows: Rows, steps: readonly Step[]): Rows | string {
  let after = rows;
  for (const [index, step] of steps.entries()) {
    const result = modelStep(after, step);
    if (typeof result === 'string') return `${index}:${result}`;
    after = result;
  }
  return after;
}

async function toOperation(table: Table, partitionKey: string, step: Step): Promise<EntityOperation> {
  const current = await entities.get(table, partitionKey, step.rowKey, {}).catch(() => undefined);
  const etags = { none: undefined, any: '*', current: etagOf(current?.timestamp ?? ''), outdated: 'W/"outdated"' };
  const ifMatch = etags[step.ifMatch];
  const properties = new Map([[step.property, { type: 'Edm.Int32', value: step.value } as const]]);
  const { kind, rowKey } = step;
  return { kind, partitionKey, rowKey, properties, ...(ifMatch !== undefined && { ifMatch }) };
}

async function outcomeOf(table: Table, { partitionKey, steps }: Batch): Promise<string> {
  const operations = await Promise.all(steps.map((step) => toOperation(table, partitionKey, step)));
  try {
    await entities.write(table, partitionKey, operations);
    return 'written';
  } catch (error) {
    if (error instanceof OperationError) return `${error.index}:${error.refusal.code}`;
    throw error;
  }
}

async function readAll(table: Table, top: number): Promise<{ key: string; values: object }[]> {
  const found: { key: string; values: object }[] = [];
  let page: Page = { entities: [], next: { partitionKey: '', rowKey: '' } };
  while (page.next) {
    page = await entities.query(table, { top, start: page.next, within: {} });
    for (const { partitionKey, rowKey, properties } of page.entities)
      found.push({
        key: `${partitionKey} ${rowKey}`,
        values: Object.fromEntries([...properties].map(([name, { value }]) => [name, value])),
      });
  }
  return found;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('insert', 'merge', 'replace', 'delete'),
  rowKey: fc.constantFrom('1', '2', '3'),
  ifMatch: fc.constantFrom('none', 'any', 'current', 'outdated'),
  property: fc.constantFrom('a', 'b'),
  value: fc.integer({ min: 0, max: 9 }),
});
const batch: fc.Arbitrary<Batch> = fc.record({
  partitionKey: fc.constantFrom('p', 'q'),
  steps: fc.uniqueArray(step, { minLength: 1, maxLength: 3, selector: ({ rowKey }) => rowKey }),
});

test('any sequence of batches answers as a map of rows does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 25 }), fc.integer({ min: 1, max: 4 }), async (batches, top) => {
      const table = await newTable();
      const model = new Map<string, Rows>();
      for (const each of batches) {
        const result = modelBatch(model.get(each.partitionKey) ?? new Map(), each.steps);
        if (typeof result !== 'string') model.set(each.partitionKey, result);
        expect(await outcomeOf(table, each)).toBe(typeof result === 'string' ? result : 'written');
      }
      const expected = [...model].flatMap(([key, rows]) =>
        [...rows].map(([row, values]) => ({ key: `${key} ${row}`, values })),
      );
      expect(await readAll(table, top)).toEqual(expected.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
    }),
    { numRuns: 60 },
  );
});

test('parallel writers who hold an ETag lose no update, in whatever batch it stands', async () => {
  const table = await newTable();
  const write = (operations: readonly EntityOperation[]) => entities.write(table, 'p', operations);
  const counted = (rowKey: string, count: number, change: Partial<EntityOperation>): EntityOperation => {
    const properties = new Map([['count', { type: 'Edm.Int32', value: count } as const]]);
    return { kind: 'merge', partitionKey: 'p', rowKey, properties, ...change };
  };
  await write([counted('total', 0, { kind: 'insert' })]);
  const increase = async (name: string): Promise<void> => {
    const { timestamp, properties } = await entities.get(table, 'p', 'total', {});
    const count = Number(properties.get('count')?.value) + 1;
    const operations = [
      counted('total', count, { ifMatch: etagOf(timestamp) }),
      counted(name, count, { kind: 'insert' }),
    ];
    await write(operations).catch(async (error: unknown) => {
      const isOutdated = error instanceof OperationError && error.refusal.code === 'UpdateConditionNotSatisfied';
      if (!isOutdated) throw error;
      await increase(name);
    });
  };
  await Promise.all(Array.from({ length: 30 }, (_, writer) => increase(`writer${writer}`)));
  const { entities: rows } = await entities.query(table, { top: 1000, within: {} });
  const counts = rows.map(({ properties }) => Number(properties.get('count')?.value)).toSorted((a, b) => a - b);
  expect(counts).toEqual([...Array.from({ length: 30 }, (_, index) => index + 1), 30]);
});

test('a query that takes five seconds ends its page, and the next goes on', async () => {
  const table = await newTable();
  const rows = Array.from({ length: 600 }, (_, row) => String(row).padStart(3, '0'));
  await entities.write(
    table,
    'p',
    rows.map((rowKey): EntityOperation => ({ kind: 'insert', partitionKey: 'p', rowKey, properties: new Map() })),
  );
  let nowMs = 0;
  const slow = createEntities(store, { now: () => (nowMs += 6_000) });
  const pages: string[][] = [];
  let page: Page = { entities: [], next: { partitionKey: '', rowKey: '' } };
  while (page.next) {
    page = await slow.query(table, { top: 1000, start: page.next, within: {} });
    pages.push(page.entities.map(({ rowKey }) => rowKey));
  }
  expect(pages.length).toBeGreaterThan(2);
  expect(pages.flat()).toEqual(rows);
});
