import { afterEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { openStore, type Store } from '../../../local/store/store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);
const put = (space: string, key: string) => ({ space, key, value: bytes(key) });
const opened: Store[] = [];

async function ephemeralStore(): Promise<Store> {
  const store = await openStore({ ephemeral: true });
  opened.push(store);
  return store;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

describe('store', () => {
  test('a read sees the commit called before it in the same tick', async () => {
    const store = await ephemeralStore();
    const committed = store.commit([{ space: 'test.a', key: 'k', value: bytes('one') }]);
    expect(text(await store.get('test.a', 'k'))).toBe('one');
    await committed;
  });

  test('commits of one tick apply in call order', async () => {
    const store = await ephemeralStore();
    void store.commit([{ space: 'test.a', key: 'k', value: bytes('one') }]);
    void store.commit([{ space: 'test.a', key: 'k', value: null }]);
    void store.commit([{ space: 'test.a', key: 'k', value: bytes('three') }]);
    expect(text(await store.get('test.a', 'k'))).toBe('three');
  });

  test('an empty value is a row, not a deletion', async () => {
    const store = await ephemeralStore();
    await store.commit([{ space: 'test.a', key: 'k', value: new Uint8Array(0) }]);
    expect(await store.get('test.a', 'k')).toEqual(new Uint8Array(0));
  });

  test('a commit without changes resolves', async () => {
    const store = await ephemeralStore();
    await expect(store.commit([])).resolves.toBeUndefined();
  });

  test('a scan keeps to its space, its bounds and its limit', async () => {
    const store = await ephemeralStore();
    await store.commit([
      put('test.a', 'c'),
      put('test.a', 'a'),
      put('test.b', 'b'),
      put('test.a', 'b'),
      put('test.a', 'd'),
    ]);
    const keys = async (range: { from?: string; before?: string; limit: number }) =>
      (await store.scan('test.a', range)).map((row) => row.key);
    expect(await keys({ limit: 10 })).toEqual(['a', 'b', 'c', 'd']);
    expect(await keys({ from: 'b', before: 'd', limit: 10 })).toEqual(['b', 'c']);
    expect(await keys({ from: 'b', limit: 2 })).toEqual(['b', 'c']);
  });

  test('a key with half a surrogate pair is refused and its commit writes nothing', async () => {
    const store = await ephemeralStore();
    const refused = store.commit([
      { space: 'test.a', key: 'whole', value: bytes('1') },
      { space: 'test.a', key: 'half \ud800', value: bytes('2') },
    ]);
    await expect(refused).rejects.toThrow(/surrogate/);
    expect(await store.get('test.a', 'whole')).toBeUndefined();
  });

  test('close writes what was called before it and refuses what comes after', async () => {
    const store = await openStore({ ephemeral: true });
    const committed = store.commit([{ space: 'test.a', key: 'k', value: bytes('1') }]);
    const closed = store.close();
    await expect(committed).resolves.toBeUndefined();
    await closed;
    await expect(store.get('test.a', 'k')).rejects.toMatchObject({ kind: 'stopped' });
    await expect(store.commit([])).rejects.toMatchObject({ kind: 'stopped' });
  });

  test('any run of commits leaves what a sorted map would hold', async () => {
    const store = await ephemeralStore();
    const key = fc.string({ unit: 'binary', maxLength: 4 });
    const change = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 8 })) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 8 }), async (commits) => {
        const space = `test.run-${run++}`;
        const model = new Map<string, Uint8Array>();
        for (const changes of commits) {
          void store.commit(changes.map((each) => ({ space, ...each })));
          for (const { key: name, value } of changes) {
            if (value) model.set(name, value);
            else model.delete(name);
          }
        }
        const sorted = [...model].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const rows = await store.scan(space, { limit: 1000 });
        expect(rows.map(({ key: name, value }) => [name, [...value]])).toEqual(
          sorted.map(([name, value]) => [name, [...value]]),
        );
      }),
      { numRuns: 60 },
    );
  });
});
