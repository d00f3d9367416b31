// Telemetry windows on the local Table Storage by the real client. Faults 27 and 28: a batch that comes again, and two owners
// at the same time, change nothing in the totals.
import type { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tableTelemetryStore } from '../../shared/adapters/tables/telemetry-store.ts';
import { aggregateReadings } from '../../shared/telemetry/aggregate-readings.ts';
import type { Reading } from '../../shared/telemetry/reading.ts';
import { readPoints } from '../../shared/telemetry/read-points.ts';
import { rollUpHours } from '../../shared/telemetry/roll-up.ts';
import type { OpenHour, TelemetryStore } from '../../shared/telemetry/telemetry-store.ts';
import { hourMs, minuteMs } from '../../shared/telemetry/window.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { oraclePoints, rounded } from '../support/telemetry-oracle.ts';
import { clientFor } from './tables-cases/client.ts';

const hour = Date.UTC(2030, 0, 1, 10);
let files: Store;
let server: TablesServer;
let table: TableClient;
let store: TelemetryStore;
let tables = 0;

const storeOn = (client: TableClient): TelemetryStore =>
  tableTelemetryStore(client, Math.random, (ms) => new Promise((resolve) => setTimeout(resolve, ms)));

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
});

beforeEach(async () => {
  tables += 1;
  table = clientFor(`http://127.0.0.1:${server.port}`, `telemetry${tables}`);
  await table.createTable();
  store = storeOn(table);
});

afterAll(async () => {
  await server.close();
  await files.close();
});

const reading = (n: number, stepMs: number, deviceId = 'd:1'): Reading => ({
  deviceId,
  at: hour + n * stepMs,
  sequence: n,
  values: { temperature: (n * 7919) % 101 },
});

const oracle = (readings: readonly Reading[], lengthMs: number, deviceId = 'd:1') =>
  rounded(
    oraclePoints(
      readings.map(({ at, ...rest }) => ({ ...rest, timestamp: new Date(at).toISOString() })),
      deviceId,
      'temperature',
      lengthMs,
    ),
  );

const points = async (interval: '1m' | '1h', deviceId = 'd:1') =>
  rounded(await readPoints(store, { deviceId, interval, from: hour, to: hour + 24 * hourMs }));

async function rowsOf(client: TableClient): Promise<string[]> {
  const rows: string[] = [];
  for await (const { partitionKey, rowKey, etag } of client.listEntities()) {
    rows.push(`${partitionKey} ${rowKey} ${etag}`);
  }
  return rows;
}

/** The client, but `after` runs when a transaction has been written and before anybody hears of it. */
const withAfterWrite = (client: TableClient, after: () => void): TableClient =>
  new Proxy(client, {
    get: (target, name) => {
      if (name === 'submitTransaction') {
        return async (...args: Parameters<TableClient['submitTransaction']>) => {
          const answer = await target.submitTransaction(...args);
          after();
          return answer;
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

test('minutes and hours are those of an oracle, before and after the roll-up', async () => {
  const readings = Array.from({ length: 500 }, (_, n) => reading(n, 17_000));
  for (let n = 0; n < 500; n += 100) await aggregateReadings(store, readings.slice(n, n + 100).toReversed());
  expect(await points('1m')).toEqual(oracle(readings, minuteMs));
  expect(await points('1h')).toEqual(oracle(readings, hourMs));
  expect(await rollUpHours(store, hour + 24 * hourMs, () => {})).toBe(3);
  expect(await points('1h')).toEqual(oracle(readings, hourMs));
  await aggregateReadings(store, [reading(500, 17_000)]);
  expect(await points('1h')).toEqual(oracle([...readings, reading(500, 17_000)], hourMs));
});

test('a batch that comes again writes not a row', async () => {
  const readings = Array.from({ length: 50 }, (_, n) => reading(n, 5_000));
  await aggregateReadings(store, readings);
  const rows = await rowsOf(table);
  await aggregateReadings(store, readings);
  expect(await rowsOf(table)).toEqual(rows);
});

test('a crash after any write, before the checkpoint: the batch again makes the same totals (fault 27)', async () => {
  const readings = ['a', 'b', 'c'].flatMap((device) =>
    Array.from({ length: 100 }, (_, n) => reading(n, 60_000, device)),
  );
  let crashes = 0;
  for (let survived = 0; ; survived += 1) {
    let writes = 0;
    const crash = (): void => {
      writes += 1;
      if (writes > survived) throw new Error('crash');
    };
    const done = await aggregateReadings(storeOn(withAfterWrite(table, crash)), readings).then(
      () => true,
      () => false,
    );
    if (done) break;
    crashes += 1;
  }
  expect(crashes).toBeGreaterThan(0);
  for (const device of ['a', 'b', 'c']) expect(await points('1m', device)).toEqual(oracle(readings, minuteMs, device));
});

test('owners of one device at the same time lose nothing to each other (fault 28)', async () => {
  const readings = Array.from({ length: 240 }, (_, n) => reading(n, 1_000));
  const batches = Array.from({ length: 24 }, (_, n) => readings.slice(n * 10, n * 10 + 20));
  const owner = async (mine: readonly Reading[][], own = storeOn(table)): Promise<void> => {
    for (const batch of mine) await aggregateReadings(own, batch);
  };
  await Promise.all([owner(batches), owner(batches.toReversed()), owner(batches.slice(5), store)]);
  await owner(batches, store);
  expect(await points('1m')).toEqual(oracle(readings, minuteMs));
});

test('roll-ups among the readings lose none', async () => {
  const readings = Array.from({ length: 120 }, (_, n) => reading(n, 29_000));
  const rollUps = async (): Promise<void> => {
    for (let n = 0; n < 10; n += 1) await rollUpHours(storeOn(table), hour + 24 * hourMs, () => {});
  };
  const owner = async (): Promise<void> => {
    for (let n = 0; n < 120; n += 4) await aggregateReadings(store, readings.slice(n, n + 4));
  };
  await Promise.all([owner(), rollUps()]);
  await rollUps();
  expect(await points('1h')).toEqual(oracle(readings, hourMs));
  const state = await store.device('d:1');
  expect(state?.openHours).toEqual([]);
});

test('a minute of many readings goes over several properties, and one too full is refused', async () => {
  const dense = Array.from({ length: 12_000 }, (_, n) => reading(n, 5));
  await aggregateReadings(store, dense);
  expect(await points('1m')).toMatchObject([{ count: 12_000 }]);
  const beyond = Array.from({ length: 60_000 }, (_, n) => ({ ...reading(n, 1), deviceId: 'full' }));
  await expect(aggregateReadings(store, beyond)).rejects.toMatchObject({ code: 'window-full' });
});

test('an hour of more bytes than a transaction takes is written all the same', async () => {
  const metrics = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`metric-${n}`, n]));
  const readings = Array.from({ length: 14_400 }, (_, n) => ({ ...reading(n, 250), values: metrics }));
  await aggregateReadings(store, readings.slice(0, 1));
  await aggregateReadings(store, readings);
  const found = await readPoints(store, { deviceId: 'd:1', metric: 'metric-31', interval: '1m', from: hour });
  expect(found.map(({ count }) => count)).toEqual(Array.from({ length: 60 }, () => 240));
});

test('devices are listed page by page with the time of their newest reading', async () => {
  await aggregateReadings(
    store,
    ['a', 'b', 'c'].map((device) => reading(3, 1_000, device)),
  );
  const first = await store.devices({ limit: 2 });
  const { continuation } = first;
  const second = await store.devices({ limit: 2, continuation });
  expect([...first.items, ...second.items]).toEqual(
    ['a', 'b', 'c'].map((deviceId) => ({ deviceId, lastSeenAt: '2030-01-01T10:00:03.000Z' })),
  );
});

test('a mark that was renewed since it was read stays', async () => {
  await aggregateReadings(store, [reading(0, 1)]);
  const marks: OpenHour[] = [];
  for await (const mark of store.openHours(hour + 1)) marks.push(mark);
  expect(marks).toMatchObject([{ deviceId: 'd:1', hour }]);
  await table.upsertEntity({ partitionKey: '!open-hours', rowKey: 'hour-2030-01-01T10_d:1' });
  for (const mark of marks) await store.forgetOpenHour(mark);
  const left: OpenHour[] = [];
  for await (const mark of store.openHours(hour + 1)) left.push(mark);
  expect(left).toHaveLength(1);
  for (const mark of left) await store.forgetOpenHour(mark);
  for await (const mark of store.openHours(hour + 1)) expect(mark).toBeUndefined();
});

test('storage that does not answer is a transient failure', async () => {
  const nowhere = storeOn(clientFor('http://127.0.0.1:1', 'telemetry'));
  await expect(aggregateReadings(nowhere, [reading(0, 1)])).rejects.toMatchObject({ code: 'storage-unavailable' });
});
