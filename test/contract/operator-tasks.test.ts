// Operator tasks on the local Table Storage by the real client. Fault 5: whatever is seen, asked or dies twice is one task.
import type { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tableOperatorTasks } from '../../shared/adapters/tables/operator-tasks.ts';
import type { CloudEvent } from '../../shared/kernel/cloud-event.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { actOnTask, type TaskWork } from '../../shared/operations/act-on-task.ts';
import { closings, type TaskAction, taskIdOf, type TaskWish } from '../../shared/operations/operator-task.ts';
import { raiseTask } from '../../shared/operations/raise-task.ts';
import type { TaskStore } from '../../shared/operations/task-store.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { clientFor } from './tables-cases/client.ts';

let files: Store;
let server: TablesServer;
let table: TableClient;
let tasks: TaskStore;
let told: CloudEvent<object>[];
let nowMs: number;
let tables = 0;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
});

beforeEach(async () => {
  tables += 1;
  table = clientFor(`http://127.0.0.1:${server.port}`, `tasks${tables}`);
  await table.createTable();
  tasks = tableOperatorTasks(table);
  told = [];
  nowMs = Date.UTC(2030, 0, 1);
});

afterAll(async () => {
  await server.close();
  await files.close();
});

const now = (): number => (nowMs += 1_000);
const tell = async (event: CloudEvent<object>): Promise<void> => void told.push(event);
const raise = (wish: TaskWish, teller = tell): Promise<void> => raiseTask({ tasks, tell: teller, now }, wish);

const wishOf = (subject: string): TaskWish => ({
  kind: 'compensation',
  subject,
  step: 'reverse-payment',
  detail: 'no',
});
const wish = wishOf('o-1');
const taskId = taskIdOf(wish);

const act = (action: TaskAction, work: TaskWork = async () => {}) =>
  actOnTask({ tasks, now }, taskId, { action, by: 'ada', note: 'seen to' }, work);

const outcomes = async () => (await tasks.history(taskId)).map(({ action, outcome }) => `${action} ${outcome}`);
const listed = async (state?: 'open' | 'closed') =>
  (await tasks.list(state, { limit: 100 })).items.map(({ subject }) => subject);

test('ten raising the same at once make one task, and whoever is told hears of one opening', async () => {
  await Promise.all(Array.from({ length: 10 }, () => raise(wish)));
  expect(await outcomes()).toEqual(['raise opened']);
  expect(await listed()).toEqual(['o-1']);
  expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  await raise(wish);
  expect(told.length).toBeLessThanOrEqual(10);
});

test('a task is told of once, and again when it is opened again', async () => {
  await raise(wish);
  await raise(wish);
  expect(told).toMatchObject([{ subject: taskId, data: { raised: 1, step: 'reverse-payment' } }]);
  await act('retry');
  await raise(wish);
  expect(told.map(({ data }) => data)).toMatchObject([{ raised: 1 }, { raised: 2 }]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
});

test('a task that nobody could be told of is told of when it is raised again', async () => {
  const down = async (): Promise<void> => {
    throw new AppError('events-unavailable', 'down');
  };
  await expect(raise(wish, down)).rejects.toMatchObject({ code: 'events-unavailable' });
  expect(await listed('open')).toEqual(['o-1']);
  await raise(wish);
  expect(told.length).toBe(1);
  expect(await outcomes()).toEqual(['raise opened']);
});

test('lists show open tasks first, each newest first, page by page', async () => {
  for (const subject of ['a', 'b', 'c', 'd', 'o-1']) await raise(wishOf(subject));
  await act('skip');
  expect(await listed()).toEqual(['d', 'c', 'b', 'a', 'o-1']);
  expect(await listed('open')).toEqual(['d', 'c', 'b', 'a']);
  expect(await listed('closed')).toEqual(['o-1']);
  const first = await tasks.list(undefined, { limit: 3 });
  const { items } = await tasks.list(undefined, { limit: 3, continuation: first.continuation });
  expect(items.map(({ subject }) => subject)).toEqual(['a', 'o-1']);
});

test('two retries at once both end well, and the task is closed once', async () => {
  await raise(wish);
  const ended = await Promise.all([act('retry'), act('retry')]);
  expect(ended.map(({ closedAs }) => closedAs)).toEqual(['retried', 'retried']);
  expect((await outcomes()).filter((entry) => entry === 'retry retried').length).toBe(1);
  expect(await listed('open')).toEqual([]);
});

test('a retry that fails leaves the task open, and says why', async () => {
  await raise(wish);
  const failing: TaskWork = async () => {
    throw new AppError('payments-unavailable', 'still down');
  };
  await expect(act('retry', failing)).rejects.toMatchObject({ code: 'payments-unavailable' });
  expect((await tasks.history(taskId)).at(-1)).toMatchObject({
    action: 'retry',
    by: 'ada',
    note: 'seen to',
    outcome: 'failed',
    detail: 'payments-unavailable: still down',
  });
  expect(await listed('open')).toEqual(['o-1']);
  expect(await act('resolve')).toMatchObject({ closedAs: 'resolved' });
});

test('while a retry runs the task cannot be skipped', async () => {
  await raise(wish);
  const skipped: unknown[] = [];
  await act('retry', async () => {
    await act('skip').catch((error: unknown) => skipped.push(error));
  });
  expect(skipped).toMatchObject([{ code: 'task-busy' }]);
});

test.each(['retry', 'skip', 'resolve'] as const)(
  'a process that dies in a %s is followed by asking again',
  async (action) => {
    await raise(wish);
    let reached = 0;
    void act(action, () => {
      reached += 1;
      return new Promise<never>(() => {});
    });
    await expect.poll(() => reached).toBe(1);
    expect(await act(action)).toMatchObject({ state: 'closed', closedAs: closings[action] });
    const begun = `${action} begun`;
    expect(await outcomes()).toEqual(['raise opened', begun, begun, `${action} ${closings[action]}`]);
  },
);

test('a task that is not there is not found', async () => {
  await expect(act('retry')).rejects.toMatchObject({ code: 'task-not-found' });
});
