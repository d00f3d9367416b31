// Faults 12 and 21 against the real files: kill -9, a flipped byte, a lost WAL end, a full disk.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreCorruptError } from '../../local/store/store-errors.ts';
import { openStore, type Store } from '../../local/store/store.ts';

const writer = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url));
const bytes = (text: string) => new TextEncoder().encode(text);
const put = (key: string, text: string) => ({ space: 'test.rows', key, value: bytes(text) });
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function spawnWriter(start: number): ChildProcess {
  return spawn(process.execPath, [writer, directory, String(start)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Lets the writer acknowledge `count` commits, kills it, and returns every number it had acknowledged. */
async function acknowledgedBeforeKill(start: number, count: number): Promise<number[]> {
  const child = spawnWriter(start);
  const acknowledged: number[] = [];
  if (!child.stdout) throw new Error('no standard output');
  const exit = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  await exit;
  return acknowledged;
}

async function allKeys(store: Store, space: string): Promise<string[]> {
  return (await store.scan(space, { limit: 1_000_000 })).map((row) => row.key);
}

/** Copies the files of a store that is still open, as a kill would leave them, with the WAL changed. */
async function crashedStore(change: (walFile: string) => void): Promise<string> {
  const live = join(directory, 'live');
  const crashed = mkdtempSync(join(directory, 'crashed-'));
  const store = await openStore({ directory: live });
  for (let index = 0; index < 5; index += 1) await store.commit([put(`key ${index}`, `value ${index}`)]);
  for (const name of ['store.db', 'store.db-wal', 'newest-commit']) copyFileSync(join(live, name), join(crashed, name));
  await store.close();
  change(join(crashed, 'store.db-wal'));
  return crashed;
}

describe('fault 12: the local store after a kill or damage', () => {
  test('every acknowledged commit outlives kill -9, and none is there by half', async () => {
    const acknowledged: number[] = [];
    for (const [round, count] of [40, 200, 900].entries()) {
      acknowledged.push(...(await acknowledgedBeforeKill(round * 1_000_000, count)));
      const store = await openStore({ directory });
      const left = await allKeys(store, 'test.left');
      expect(await allKeys(store, 'test.right')).toEqual(left);
      const present = new Set(left.map(Number));
      expect(acknowledged.filter((index) => !present.has(index))).toEqual([]);
      await store.close();
    }
  });

  test('a flipped byte is named by space and key, and the other rows stay readable', async () => {
    const store = await openStore({ directory });
    await store.commit([
      put('one', 'the first value'),
      put('two', 'the second value'),
      put('three', 'the third value'),
    ]);
    await store.close();
    const file = join(directory, 'store.db');
    const content = readFileSync(file);
    const offset = content.indexOf('the second value');
    content[offset + 4] = (content[offset + 4] ?? 0) ^ 1;
    writeFileSync(file, content);

    const reopened = await openStore({ directory });
    const damaged = reopened.get('test.rows', 'two');
    await expect(damaged).rejects.toBeInstanceOf(StoreCorruptError);
    await expect(damaged).rejects.toMatchObject({ kind: 'corrupt', space: 'test.rows', key: 'two' });
    await expect(reopened.scan('test.rows', { limit: 10 })).rejects.toMatchObject({ kind: 'corrupt', key: 'two' });
    expect(await reopened.get('test.rows', 'three')).toEqual(bytes('the third value'));
    await reopened.commit([put('two', 'written again')]);
    expect(await reopened.get('test.rows', 'two')).toEqual(bytes('written again'));
    await reopened.close();
  });

  test('a lost committed end of the WAL is found at open, and the message says how to go on', async () => {
    const crashed = await crashedStore((wal) => truncateSync(wal, statSync(wal).size - 1));
    const refused = openStore({ directory: crashed });
    await expect(refused).rejects.toMatchObject({ kind: 'lost-commits' });
    await expect(refused).rejects.toThrow(
      /commits 5 to 5 .* missing .* delete .*newest-commit to go on from commit 4/s,
    );
  });

  test('a lost WAL is found at open', async () => {
    const crashed = await crashedStore((wal) => rmSync(wal));
    await expect(openStore({ directory: crashed })).rejects.toMatchObject({ kind: 'lost-commits' });
  });

  test('deleting the commit number accepts what is left', async () => {
    const crashed = await crashedStore((wal) => truncateSync(wal, statSync(wal).size - 1));
    rmSync(join(crashed, 'newest-commit'));
    const store = await openStore({ directory: crashed, log: () => {} });
    expect(await allKeys(store, 'test.rows')).toEqual(['key 0', 'key 1', 'key 2', 'key 3']);
    await store.close();
  });

  test('an uncommitted end of the WAL is dropped and logged', async () => {
    const crashed = await crashedStore((wal) => {
      const content = readFileSync(wal);
      // A frame of the same generation (equal salts) with no commit mark, cut short.
      const frame = Buffer.alloc(24 + 100);
      content.copy(frame, 8, 16, 24);
      writeFileSync(wal, Buffer.concat([content, frame]));
    });
    const notices: string[] = [];
    const store = await openStore({ directory: crashed, log: (notice) => notices.push(notice) });
    expect(notices).toEqual([expect.stringContaining('dropped 124 bytes')]);
    expect(await allKeys(store, 'test.rows')).toHaveLength(5);
    await store.close();
  });

  test('an unreadable commit number is refused with what to do', async () => {
    const crashed = await crashedStore((wal) => writeFileSync(join(wal, '..', 'newest-commit'), ''));
    await expect(openStore({ directory: crashed })).rejects.toThrow(/does not hold a commit number.*delete/s);
  });

  test('a file that is no database is refused with what to do', async () => {
    writeFileSync(join(directory, 'store.db'), 'nothing like a database '.repeat(400));
    await expect(openStore({ directory })).rejects.toThrow(/cannot be opened.*Move the directory away/s);
  });

  test('a directory is refused to a second store of the same process', async () => {
    const store = await openStore({ directory });
    await expect(openStore({ directory })).rejects.toMatchObject({ kind: 'in-use' });
    await store.commit([put('still', 'works')]);
    await store.close();
  });

  test('a directory that cannot be made is refused with what to do', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(openStore({ directory: join(directory, 'file', 'below') })).rejects.toThrow(
      /cannot be opened.*--data/s,
    );
  });

  test('a folder in which nothing can be written is refused with what to do', async () => {
    // Even root cannot make a file there.
    await expect(openStore({ directory: '/proc/self' })).rejects.toThrow(
      /cannot be opened.*choose another with --data/s,
    );
  });

  test.each([
    [99, /a newer Millrace has written it: its format is 99/],
    [1, /an older Millrace has written it: its format is 1,.*Remove the whole data folder.*--data/],
  ])('what a version of format %i has written is refused and stays as it is', async (format, refusal) => {
    await (await openStore({ directory })).close();
    const db = new DatabaseSync(join(directory, 'store.db'));
    db.exec(`PRAGMA user_version = ${format}`);
    db.close();
    await expect(openStore({ directory })).rejects.toThrow(refusal);
    const after = new DatabaseSync(join(directory, 'store.db'));
    expect(after.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: format });
    after.close();
  });

  test('all commits of one tick are one transaction', async () => {
    const store = await openStore({ directory });
    const number = () => Number(readFileSync(join(directory, 'newest-commit'), 'latin1'));
    const before = number();
    await Promise.all(Array.from({ length: 100 }, (_, index) => store.commit([put(`key ${index}`, 'value')])));
    expect(number()).toBe(before + 1);
    await store.close();
  });

  test('a directory in use is refused, and free again once its owner is killed', async () => {
    const child = spawnWriter(0);
    if (!child.stdout) throw new Error('no standard output');
    await once(child.stdout, 'data');
    await expect(openStore({ directory })).rejects.toMatchObject({ kind: 'in-use' });
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    await (await openStore({ directory })).close();
  });
});

describe('fault 21: a full disk', () => {
  test('refuses what does not fit, goes on with what does, and keeps exactly what it acknowledged', async () => {
    const limited = 'ulimit -f 3000; exec "$0" "$@"';
    const filler = fileURLToPath(new URL('../support/store-filler.ts', import.meta.url));
    const child = spawn('bash', ['-c', limited, process.execPath, filler, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!child.stdout) throw new Error('no standard output');
    const output: { key: string; done?: true; refused?: true; kind?: string }[] = [];
    for await (const line of createInterface({ input: child.stdout })) output.push(JSON.parse(line));
    const acknowledged = output.filter((line) => line.done).map((line) => line.key);
    const refused = output.filter((line) => line.refused);
    expect(refused.map(({ key, kind }) => `${key.slice(4)}: ${kind}`)).toEqual([
      'big: write-failed',
      'follower: write-failed',
    ]);
    expect(output.at(-1)).toEqual({ key: 'small', done: true });

    const store = await openStore({ directory });
    expect(await allKeys(store, 'test.rows')).toEqual(acknowledged.toSorted());
    await store.close();
  });
});
