// Dead letters on the local Table and Blob Storage by the real clients. Fault 18, as they arrive: whoever dies between two steps is
// followed by the same message, and there is one letter, and one repair.
import type { TableClient } from '@azure/data-tables';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableDeadLetters } from '../../shared/adapters/tables/dead-letters.ts';
import { contractsOf } from '../../shared/contracts/by-entity.ts';
import type { Arrival } from '../../shared/dead-letters/arrival.ts';
import type { DeadLetter, DeadLetterFilter } from '../../shared/dead-letters/dead-letter.ts';
import type { DeadLetterStore } from '../../shared/dead-letters/dead-letter-store.ts';
import { type ArrivalPorts, processArrival } from '../../shared/dead-letters/process-arrival.ts';
import { repairLetter } from '../../shared/dead-letters/resubmit.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { type LocalStorage, startLocalStorage } from '../host/support/local-storage.ts';
import { deadLetterArrival, takenByNewOrder } from '../support/dead-letter-arrival.ts';
import { memoryClaims } from '../support/memory-claims.ts';
import { clientFor } from './tables-cases/client.ts';

let files: Store;
let server: TablesServer;
let storage: LocalStorage;
let bodies: ContainerClient;
let table: TableClient;
let letters: DeadLetterStore;
let sent: string[];
let alerts: string[];
let nowMs: number;
let number = 0;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
  storage = await startLocalStorage([]);
  bodies = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('dead-letter-bodies');
  await bodies.create();
});

beforeEach(async () => {
  number += 1;
  table = clientFor(`http://127.0.0.1:${server.port}`, `letters${number}`);
  await table.createTable();
  letters = tableDeadLetters(table, bodies);
  sent = [];
  alerts = [];
  nowMs = Date.UTC(2030, 0, 1);
});

afterAll(async () => {
  await storage.close();
  await server.close();
  await files.close();
});

const now = (): number => (nowMs += 1_000);

const arrivals = (deadLetters = letters, around = <T>(call: () => Promise<T>): Promise<T> => call()): ArrivalPorts => ({
  deadLetters,
  contractsOf,
  repair: (id, repair) =>
    repairLetter(
      {
        letters: deadLetters,
        claims: memoryClaims(),
        resend: ({ messageId }) => around(async () => void sent.push(messageId)),
        now,
      },
      id,
      repair,
    ),
  alert: ({ cause }) => around(async () => void alerts.push(cause)),
  now,
});

const process = (arrival: Arrival) => processArrival(arrivals(), arrival);

async function walk(
  filter: DeadLetterFilter,
  limit: number,
  between = async (_page: number) => {},
): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  let continuation: string | undefined;
  for (let page = 1; ; page += 1) {
    const answer = await letters.list(filter, { limit, continuation });
    expect(answer.items.length).toBeLessThanOrEqual(limit);
    found.push(...answer.items);
    continuation = answer.continuation;
    if (continuation === undefined) return found;
    await between(page);
  }
}

const all = async () => (await letters.list({}, { limit: 100 })).items;
const historyOf = async ({ id }: DeadLetter) =>
  (await letters.history(id)).map(({ action, outcome }) => `${action} ${outcome}`);

test('a letter has its reason, its properties and its body, untouched', async () => {
  const arrival = deadLetterArrival({ body: Buffer.from([0, 255, 10, 13]), properties: { tenant: 'ely', copy: 2 } });
  expect(await process(arrival)).toBe('open');
  const [letter] = await all();
  expect(letter).toMatchObject({
    state: 'open',
    sourceEntity: 'new-order',
    reason: 'invalid-message',
    cause: 'schema/invalid-message/new-order',
    messageId: 'm-1',
    originalId: 'm-1',
    properties: { tenant: 'ely', copy: 2 },
  });
  expect(await letters.body(letter?.id ?? '')).toEqual(arrival.body);
  expect(alerts).toEqual(['schema/invalid-message/new-order']);
});

test('a message that comes twice is one letter, and told of once', async () => {
  const arrival = deadLetterArrival();
  await process(arrival);
  expect(await process(arrival)).toBe('known');
  expect(await all()).toHaveLength(1);
  expect(alerts).toHaveLength(1);
});

test('two messages that their sender gave one id are two letters, however often they come', async () => {
  const first = deadLetterArrival({ body: Buffer.from('one') });
  const second = deadLetterArrival({ body: Buffer.from('two') });
  for (const arrival of [first, second, first, second]) await process(arrival);
  const found = await all();
  const texts = await Promise.all(found.map(async ({ id }) => (await letters.body(id)).toString()));
  expect(texts.toSorted()).toEqual(['one', 'two']);
  expect(new Set(found.map(({ originalId }) => originalId)).size).toBe(2);
});

test('two messages of one id that come at the same moment are two letters too', async () => {
  const both = ['one', 'two'].map((text) => deadLetterArrival({ body: Buffer.from(text) }));
  await Promise.all(both.map(process));
  const texts = await Promise.all((await all()).map(async ({ id }) => (await letters.body(id)).toString()));
  expect(texts.toSorted()).toEqual(['one', 'two']);
});

test('properties of the largest message fit', async () => {
  const long = 'ö'.repeat(60_000);
  await process(deadLetterArrival({ properties: { long } }));
  const [listed] = await all();
  expect(listed?.properties).toEqual({ long });
  expect((await letters.get(listed?.id ?? ''))?.properties).toEqual({ long });
});

test('16: what its queue takes by now is sent again by itself, once; come back, it waits for a person', async () => {
  const arrival = deadLetterArrival({ body: takenByNewOrder });
  expect(await process(arrival)).toBe('resubmitted');
  const [letter] = await all();
  expect(letter).toMatchObject({ state: 'repaired', repairs: 1, resubmissions: 1 });
  expect(await process(arrival)).toBe('known');
  const back = deadLetterArrival({
    body: takenByNewOrder,
    messageId: 'm-1!r1',
    properties: { deadLetterId: letter?.id ?? '' },
  });
  expect(await process(back)).toBe('open');
  expect(await process(back)).toBe('known');
  const [open] = await all();
  expect(open).toMatchObject({ id: letter?.id, state: 'open', resubmissions: 1, returned: 1, messageId: 'm-1!r1' });
  expect(await historyOf(open as DeadLetter)).toEqual(['arrive open', 'repair begun', 'repair done', 'return open']);
  expect(sent).toEqual(['m-1!r1']);
  expect(alerts).toEqual(['schema/invalid-message/new-order']);
});

describe('18: a processor that dies', () => {
  const fates = ['before the call', 'after the call'] as const;

  /** Dies at its nth call of the world, which took place or did not. */
  function mortal(diesAt: number, fate: (typeof fates)[number]) {
    let calls = 0;
    const around = async <T>(call: () => Promise<T>): Promise<T> => {
      calls += 1;
      if (calls > diesAt) throw new Error('killed');
      if (calls < diesAt) return await call();
      if (fate === 'after the call') await call();
      throw new Error('killed');
    };
    const store: DeadLetterStore = {
      ...letters,
      get: (id) => around(() => letters.get(id)),
      change: (id, decide) => around(() => letters.change(id, decide)),
      body: (...of) => around(() => letters.body(...of)),
      putBody: (id, body) => around(() => letters.putBody(id, body)),
    };
    return { ports: arrivals(store, around), calls: () => calls };
  }

  test.each(fates)('%s of any of its steps loses nothing and does nothing twice', async (fate) => {
    let hasDied = true;
    let stepsSeen = 0;
    for (let diesAt = 1; hasDied; diesAt += 1) {
      sent = [];
      const arrival = deadLetterArrival({ messageId: `m-${diesAt}`, originalId: `m-${diesAt}`, body: takenByNewOrder });
      const { ports, calls } = mortal(diesAt, fate);
      await processArrival(ports, arrival).catch(() => undefined);
      hasDied = calls() >= diesAt;
      await process(arrival);
      const [letter] = await all();
      expect(letter).toMatchObject({ originalId: `m-${diesAt}`, state: 'repaired', repairs: 1, resubmissions: 1 });
      expect(new Set(sent)).toEqual(new Set([`m-${diesAt}!r1`]));
      expect(await historyOf(letter as DeadLetter)).toEqual(
        expect.arrayContaining(['arrive open', 'repair begun', 'repair done']),
      );
      expect((await historyOf(letter as DeadLetter)).filter((line) => line !== 'repair failed')).toHaveLength(3);
      stepsSeen = diesAt;
    }
    expect(stepsSeen).toBeGreaterThan(8);
  });
});

describe('a list', () => {
  const arrive = async (count: number): Promise<void> => {
    for (let at = 1; at <= count; at += 1) {
      const [messageId, sourceEntity] = [`m-${at}`, at % 3 === 0 ? 'mail' : 'new-order'];
      await process(deadLetterArrival({ messageId, originalId: messageId, sourceEntity }));
    }
  };
  const ids = (found: readonly DeadLetter[]) => found.map(({ messageId }) => messageId);

  test('has the newest first, page by page', async () => {
    await arrive(12);
    const newestFirst = Array.from({ length: 12 }, (_, index) => `m-${12 - index}`);
    for (const limit of [1, 5, 12, 50]) expect(ids(await walk({}, limit))).toEqual(newestFirst);
  });

  test('is walked once through, whatever becomes of the letters meanwhile, past what comes later', async () => {
    await arrive(9);
    const found = await walk({ state: 'open' }, 2, async (page) => {
      const messageId = `late-${page}`;
      await process(deadLetterArrival({ messageId, originalId: messageId }));
      const [newest] = (await letters.list({ state: 'open' }, { limit: 1 })).items;
      await letters.change(newest?.id ?? '', (letter) => letter && { letter: { ...letter, state: 'discarded' } });
    });
    expect(ids(found)).toEqual(Array.from({ length: 9 }, (_, index) => `m-${9 - index}`));
  });

  test('is of a state, a cause, a source, a reason, a time', async () => {
    await arrive(6);
    const [newest] = await all();
    await letters.change(newest?.id ?? '', (letter) => letter && { letter: { ...letter, state: 'discarded' } });
    const at = (await letters.list({}, { limit: 10 })).items.find(({ messageId }) => messageId === 'm-4')?.arrivedAt;
    expect(ids(await walk({ state: 'discarded' }, 10))).toEqual(['m-6']);
    expect(ids(await walk({ sourceEntity: 'mail' }, 10))).toEqual(['m-6', 'm-3']);
    expect(ids(await walk({ cause: 'schema/invalid-message/mail', state: 'open' }, 10))).toEqual(['m-3']);
    expect(ids(await walk({ reason: "nobody's" }, 10))).toEqual([]);
    expect(ids(await walk({ since: at }, 10))).toEqual(['m-6', 'm-5', 'm-4']);
    expect(ids(await walk({ until: at }, 10))).toEqual(['m-4', 'm-3', 'm-2', 'm-1']);
  });

  test('refuses a continuation of its own making', async () => {
    await expect(letters.list({}, { limit: 1, continuation: "x' or '1' eq '1" })).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });

  test('has what waits for a dependency by the time it is to be tried again', async () => {
    await process(deadLetterArrival({ reason: 'carrier-unavailable', messageId: 'waits', originalId: 'waits' }));
    await process(deadLetterArrival());
    const [waiting] = (await all()).filter(({ retryAt }) => retryAt !== undefined);
    const retryAt = waiting?.retryAt ?? '';
    const justBefore = new Date(Date.parse(retryAt) - 1).toISOString();
    expect(ids(await walk({ state: 'open', retryBy: retryAt }, 10))).toEqual(['waits']);
    expect(ids(await walk({ state: 'open', retryBy: justBefore }, 10))).toEqual([]);
  });

  test('counts each cause, the largest first, with its oldest letter', async () => {
    await arrive(6);
    const found = await all();
    const oldest = (source: string) => found.findLast(({ sourceEntity }) => sourceEntity === source)?.arrivedAt;
    expect(await letters.groups('open')).toEqual([
      { cause: 'schema/invalid-message/new-order', count: 4, oldestAt: oldest('new-order') },
      { cause: 'schema/invalid-message/mail', count: 2, oldestAt: oldest('mail') },
    ]);
    expect(await letters.groups('discarded')).toEqual([]);
  });
});
