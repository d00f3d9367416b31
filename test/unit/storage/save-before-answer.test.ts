import { expect, test } from 'vitest';
import { createSaver, type Saver } from '../../../local/storage/save-before-answer.ts';

/** A database whose saves end by hand. */
function database() {
  const saves: ((error?: Error) => void)[] = [];
  return {
    dirty: false,
    throttledSaves: true,
    saves,
    autosaveDisable: () => {},
    autosaveDirty() {
      return this.dirty;
    },
    saveDatabase(done: (error?: Error) => void) {
      this.dirty = false;
      saves.push(done);
    },
  };
}

/** Time that passes by hand, without rests. */
const time = () => {
  const rests: number[] = [];
  const at = { nowMs: 0, rests, now: () => at.nowMs, rest: async (ms: number) => void rests.push(ms) };
  return at;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
const isSettled = async (promise: Promise<unknown>) => {
  let settled = false;
  void promise.then(() => (settled = true));
  await turn();
  return settled;
};

test('a write waits for its save', async () => {
  const db = database();
  const saver = createSaver([db], time());
  db.dirty = true;
  const settled = saver.settled();
  expect(await isSettled(settled)).toBe(false);
  db.saves[0]?.();
  expect(await isSettled(settled)).toBe(true);
});

test('writes of one moment share a save, a later one gets its own', async () => {
  const db = database();
  const saver = createSaver([db], time());
  db.dirty = true;
  const first = [saver.settled(), saver.settled()];
  await turn();
  db.dirty = true;
  const later = saver.settled();
  await turn();
  expect(db.saves).toHaveLength(1);
  db.saves[0]?.();
  await Promise.all(first);
  expect(await isSettled(later)).toBe(false);
  expect(db.saves).toHaveLength(2);
  db.saves[1]?.();
  await later;
});

test('databases are saved in order, clean ones not at all', async () => {
  const [first, second, clean] = [database(), database(), database()];
  const saver = createSaver([first, second, clean], time());
  first.dirty = true;
  second.dirty = true;
  const settled = saver.settled();
  await turn();
  expect([first.saves.length, second.saves.length]).toEqual([1, 0]);
  first.saves[0]?.();
  await turn();
  second.saves[0]?.();
  await settled;
  expect(clean.saves).toHaveLength(0);
});

test('a failed save rejects its writes and is tried again by the next', async () => {
  const db = database();
  const saver = createSaver([db], time());
  db.dirty = true;
  const failing = saver.settled();
  await turn();
  db.saves[0]?.(new Error('no space left'));
  await expect(failing).rejects.toThrow('no space left');
  const next = saver.settled();
  await turn();
  expect(db.saves).toHaveLength(2);
  db.saves[1]?.();
  await next;
});

/** A save that takes so long, from the write that asks for it. */
async function saveFor(ms: number, db: ReturnType<typeof database>, at: ReturnType<typeof time>, saver: Saver) {
  db.dirty = true;
  const settled = saver.settled();
  await turn();
  at.nowMs += ms;
  db.saves.at(-1)?.();
  await settled;
}

test('slow saves let answers go and get rarer', async () => {
  const db = database();
  const at = time();
  const saver = createSaver([db], at);
  for (let count = 0; count < 5; count += 1) await saveFor(60, db, at, saver);
  db.dirty = true;
  await saver.settled();
  await turn();
  expect(at.rests.at(-1)).toBe(240);
  db.saves.at(-1)?.();
  await saver.idle();
});

test('a quick save among slow ones keeps answers waiting', async () => {
  const db = database();
  const at = time();
  const saver = createSaver([db], at);
  for (const ms of [60, 60, 40, 60, 60]) await saveFor(ms, db, at, saver);
  db.dirty = true;
  const settled = saver.settled();
  expect(await isSettled(settled)).toBe(false);
  db.saves.at(-1)?.();
  await settled;
});
