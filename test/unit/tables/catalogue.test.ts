import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../../local/store/store.ts';
import { openCatalogue } from '../../../local/tables/catalogue.ts';
import { createEntities, type Page } from '../../../local/tables/entities.ts';

let store: Store;

beforeEach(async () => {
  store = await openStore({ ephemeral: true });
});
afterEach(() => store.close());

const insert = (rowKey: string) => ({ kind: 'insert', partitionKey: 'p', rowKey, properties: new Map() }) as const;

describe('catalogue', () => {
  test('tables are found again by any spelling after a restart', async () => {
    const first = await openCatalogue(store);
    await first.create('Orders');
    const again = await openCatalogue(store);
    expect(again.find('ORDERS')).toEqual(first.find('orders'));
    expect(again.names()).toEqual(['Orders']);
  });

  test('of two creations at once one is refused', async () => {
    const catalogue = await openCatalogue(store);
    const outcomes = await Promise.allSettled([catalogue.create('orders'), catalogue.create('ORDERS')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  test('a dropped table leaves no row behind', async () => {
    const catalogue = await openCatalogue(store);
    await catalogue.create('orders');
    const table = catalogue.find('orders');
    const entities = createEntities(store, { now: () => 0 });
    await entities.write(
      table,
      'p',
      Array.from({ length: 1200 }, (_, index) => insert(String(index))),
    );
    await catalogue.drop('orders');
    expect(await store.scan(table.space, { limit: 1 })).toEqual([]);
    expect(await store.scan('tables.dropped', { limit: 1 })).toEqual([]);
  });

  test('rows a crash left of a dropped table are swept at the next start', async () => {
    const space = 'tables.rows.dropped';
    await store.commit([
      { space, key: 'p\u0001r', value: new Uint8Array([1]) },
      { space: 'tables.dropped', key: space, value: new Uint8Array() },
    ]);
    await openCatalogue(store);
    expect(await store.scan(space, { limit: 1 })).toEqual([]);
  });
});

describe('entities', () => {
  test('a write that the store refuses is refused, and the row stays as it was', async () => {
    const catalogue = await openCatalogue(store);
    await catalogue.create('orders');
    const table = catalogue.find('orders');
    const failing: Store = { ...store, commit: () => Promise.reject(new Error('disk full')) };
    await expect(createEntities(failing, { now: () => 0 }).write(table, 'p', [insert('r')])).rejects.toThrow(
      'disk full',
    );
    await expect(createEntities(store, { now: () => 0 }).get(table, 'p', 'r', {})).rejects.toThrow('does not exist');
  });

  test('a page of large entities ends early and the next page goes on', async () => {
    const catalogue = await openCatalogue(store);
    await catalogue.create('orders');
    const table = catalogue.find('orders');
    const entities = createEntities(store, { now: () => 0 });
    const value = { type: 'Edm.String', value: 'x'.repeat(30_000) } as const;
    const properties = new Map(Array.from({ length: 10 }, (_, index) => [`p${index}`, value] as const));
    for (let index = 10; index < 40; index += 1) {
      await entities.write(table, 'p', [{ ...insert(String(index)), properties }]);
    }
    const sizes: number[] = [];
    let page: Page = { entities: [], next: { partitionKey: 'p', rowKey: '' } };
    while (page.next) {
      page = await entities.query(table, { top: 1000, start: page.next, within: {} });
      sizes.push(page.entities.length);
    }
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(30);
  });
});
