// Entities through durable-functions itself: calls, signals, state, locks, and the client's view of them.
import { randomUUID } from 'node:crypto';
import { type DurableClient, EntityId } from 'durable-functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Durable } from '../../local/host/durable/start-durable.ts';
import { type Store, openStore } from '../../local/store/store.ts';
import { type RunningHub, clientOf, loadFixture, startHub, startWorker, untilStatus } from '../support/durable-app.ts';
import { waitFor } from '../support/wait-for.ts';

let store: Store;
let hub: RunningHub;
let worker: Durable;
let client: DurableClient;

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  hub = await startHub(store);
  worker = await startWorker(await loadFixture(), hub);
  client = await clientOf(hub);
});

afterAll(async () => {
  await worker.stop();
  await hub.stop();
  await store.close();
});

const counter = (key: string) => new EntityId('counter', key);

async function run(name: string, input?: unknown): Promise<unknown> {
  return (await untilStatus(client, await client.startNew(name, { input }))).output;
}

const call = (key: string, operation: string, input?: unknown) => run('callsEntity', { key, operation, input });

function get(path: string, headers: Record<string, string> = {}) {
  return fetch(`${hub.url}/task-hub/test/webhooks/entities${path}`, { headers });
}

const valueOf = async (key: string) => (await client.readEntityState<number>(counter(key))).entityState;

describe('an orchestrator', () => {
  it('signals an entity and calls it, and the call comes after the signals', async () => {
    expect(await run('countsWithEntity', { key: randomUUID(), times: 20 })).toBe(20);
  });

  it('gets what an operation throws as an error', async () => {
    expect(await call(randomUUID(), 'nonsense')).toEqual({ error: 'there is no nonsense' });
  });

  it('gives and gets values: the entity knows whether it is new, who it is and that there was no input', async () => {
    const key = `${randomUUID()}/with a slash`;
    const id = { name: 'counter', key };
    expect(await call(key, 'describe')).toEqual({ result: { isNew: true, id, input: 'none' } });
    expect(await call(key, 'describe', 'text')).toEqual({ result: { isNew: false, id, input: 'text' } });
  });

  it('of an entity that signals another finds the signal delivered before its own later call', async () => {
    expect(await run('entityTellsEntity', randomUUID())).toBe(5);
  });

  it('that signals and continues as new loses no signal', async () => {
    expect(await run('signalsAndBeginsAgain', { key: randomUUID(), left: 5 })).toBe(6);
  });
});

describe('operations', () => {
  it('of many orchestrations on one entity run one at a time', async () => {
    const key = randomUUID();
    await Promise.all(Array.from({ length: 40 }, () => client.signalEntity(counter(key), 'slowAdd', 1)));
    const sum = await waitFor('all forty to be added', async () => {
      const value = await valueOf(key);
      return (value ?? 0) >= 40 && value;
    });
    expect(sum).toBe(40);
  });
});

describe('the client', () => {
  it('signals, reads and deletes', async () => {
    const key = randomUUID();
    expect((await client.readEntityState(counter(key))).entityExists).toBe(false);
    await client.signalEntity(counter(key), 'add', 3);
    await waitFor('the entity to be there', async () => (await valueOf(key)) === 3);
    await client.signalEntity(counter(key), 'delete');
    await waitFor('the entity to be gone', async () => !(await client.readEntityState(counter(key))).entityExists);
  });

  it('is refused a signal to an entity that has no function', async () => {
    await expect(client.signalEntity(new EntityId('absent', 'a'), 'add', 1)).rejects.toThrow(/'absent' doesn't exist/);
  });

  it('lists entities by name, page by page, with their states on request', async () => {
    const keys = ['a', 'b', 'c'].map((each) => `list-${each}-${randomUUID()}`);
    for (const key of keys) await call(key, 'add', 7);
    const seen: { entityId: { key: string }; state: number }[] = [];
    for (let token = '', page = 0; page < 100; page++) {
      const reply = await get('/Counter?top=2&fetchState=true', token ? { 'x-ms-continuation-token': token } : {});
      seen.push(...((await reply.json()) as typeof seen));
      token = reply.headers.get('x-ms-continuation-token') ?? '';
      if (!token) break;
    }
    const listed = seen.filter(({ entityId }) => keys.includes(entityId.key));
    expect(listed.map(({ entityId, state }) => [entityId.key, state])).toEqual(keys.map((key) => [key, 7]));
    const none = await get(`?lastOperationTimeTo=2000-01-01T00:00:00Z`);
    expect(await none.json()).toEqual([]);
  });
});

describe('a lock', () => {
  it('keeps others out until it is released: transfers either way lose nothing and never deadlock', async () => {
    const [from, to] = [randomUUID(), randomUUID()];
    await call(from, 'add', 10);
    const transfers = Array.from({ length: 12 }, (_, index) =>
      run('transfers', index % 2 ? { from, to, amount: 4 } : { from: to, to: from, amount: 3 }),
    );
    const outcomes = await Promise.all(transfers);
    expect(outcomes).toEqual(outcomes.map(() => ({ moved: expect.any(Boolean) as boolean, isLocked: true })));
    const [left, right] = await Promise.all([valueOf(from), valueOf(to)]);
    expect((left ?? 0) + (right ?? 0)).toBe(10);
    expect(Math.min(left ?? 0, right ?? 0)).toBeGreaterThanOrEqual(0);
  });

  it.each([['fails'], ['keeps']])('is given back by an orchestrator that %s', async (how) => {
    const [from, to] = [randomUUID(), randomUUID()];
    const id = await client.startNew('transfers', { input: { from, to, amount: 0, [how]: true } });
    await untilStatus(client, id, how === 'fails' ? 'Failed' : 'Completed');
    expect(await run('transfers', { from, to, amount: 0 })).toMatchObject({ moved: true });
  });

  it('is given back by an instance that is terminated while it holds it, or waits for it', async () => {
    const key = randomUUID();
    const holder = await client.startNew('holdsLock', { input: key });
    await waitFor('the lock to be held', async () => (await get(`/counter/${key}`)).status === 404 && holds(key));
    const waiting = await client.startNew('holdsLock', { input: key });
    await untilStatus(client, waiting, 'Running');
    for (const id of [waiting, holder]) await client.terminate(id, 'over');
    expect(await call(key, 'get')).toEqual({ result: 0 });
  });
});

async function holds(key: string): Promise<boolean> {
  const rows = await store.scan('task-hub.entities/test', { limit: 1_000 });
  return rows.some(({ key: row, value }) => row.includes(key) && Buffer.from(value).toString().includes('"lock"'));
}
