// What was deleted does not stay on the disk.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { waitFor } from '../support/wait-for.ts';

const rows = 20_000;
const value = new Uint8Array(1024).fill(1);

describe('a store whose messages are settled', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'store-shrinks-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function sizeBytes(): Promise<number> {
    const sizes = await Promise.all((await readdir(directory)).map((name) => stat(join(directory, name))));
    return sizes.reduce((sum, { size }) => sum + size, 0);
  }

  it('shrinks after they are settled', async () => {
    const store = await openStore({ directory });
    const keys = Array.from({ length: rows }, (_, index) => String(index).padStart(8, '0'));
    await store.commit(keys.map((key) => ({ space: 'test.rows', key, value })));
    const fullBytes = await sizeBytes();
    expect(fullBytes).toBeGreaterThan(rows * value.length);
    await store.commit(keys.slice(1).map((key) => ({ space: 'test.rows', key, value: null })));
    await waitFor('the disk to have its space back', async () => (await sizeBytes()) < fullBytes / 4);
    expect(await store.scan('test.rows', { limit: 2 })).toEqual([{ key: '00000000', value }]);
    await store.close();
  });
});
