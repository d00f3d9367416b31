// Readings from devices to charts, through the whole local Azure; faults 26 and 27 with the real host.
import { expect, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { localAzureForFile } from '../support/local-azure-for-file.ts';
import { isAsSent, quarantined, quarantineOf, telemetryProducer } from '../support/telemetry-client.ts';
import type { SentReading } from '../support/telemetry-oracle.ts';
import { waitFor } from '../support/wait-for.ts';

const azure = localAzureForFile();
const api = apiClient(() => azure.url);

const hourMs = 3_600_000;
const begin = Math.floor(Date.now() / hourMs) * hourMs - 2 * hourMs;

/** Numbers 0 … count-1 of a device, 7 s apart: over an hour's end from the 515th on. */
const readingsOf = (deviceId: string, count: number, offset = 0): SentReading[] =>
  Array.from({ length: count }, (_, n) => ({
    deviceId,
    timestamp: new Date(begin + (offset + n) * 7_000).toISOString(),
    sequence: offset + n,
    values: { temperature: 20 + (((offset + n) * 7919) % 97) / 10, humidity: (offset + n) % 50 },
  }));

const post = async (readings: readonly SentReading[]): Promise<void> => {
  const { status, body } = await api.ask<{ accepted: number }>('POST', '/api/v1/telemetry', readings);
  expect([status, body.accepted]).toEqual([202, readings.length]);
};

async function sendByProducer(readings: readonly SentReading[]): Promise<void> {
  const producer = telemetryProducer(azure);
  try {
    for (const [partitionKey, ofDevice] of Map.groupBy(readings, ({ deviceId }) => deviceId)) {
      await producer.sendBatch(
        ofDevice.map((body) => ({ body })),
        { partitionKey },
      );
    }
  } finally {
    await producer.close();
  }
}

const countedAsSent = async (sent: readonly SentReading[], devices: readonly string[]): Promise<void> => {
  for (const deviceId of devices) {
    for (const interval of ['1m', '1h'] as const) {
      await waitFor(`${interval} of ${deviceId}`, () => isAsSent(api, sent, deviceId, 'temperature', interval), {
        timeoutMs: 60_000,
        intervalMs: 100,
      });
    }
  }
};

test('readings of 50 devices, by HTTP and by the SDK, late and repeated, are counted as an oracle counts them', async () => {
  const devices = Array.from({ length: 50 }, (_, n) => `story-${n}`);
  const byHttp = devices.slice(0, 25).flatMap((deviceId) => readingsOf(deviceId, 40, 490));
  const bySdk = devices.slice(25).flatMap((deviceId) => readingsOf(deviceId, 40, 490));
  await Promise.all([post(byHttp.toReversed()), sendByProducer(bySdk)]);
  await Promise.all([
    post(bySdk.filter((_, n) => n % 10 === 0)),
    sendByProducer(byHttp.filter((_, n) => n % 10 === 3)),
  ]);
  await countedAsSent([...byHttp, ...bySdk], devices);
  const { items } = await api.get<{ items: { deviceId: string }[] }>('/api/v1/telemetry/devices?limit=200');
  expect(items.map(({ deviceId }) => deviceId)).toEqual(expect.arrayContaining(devices));
});

test('an event that is no reading is quarantined with partition and offset; the other 99 are counted (fault 26)', async () => {
  const readings = readingsOf('one-bad', 99);
  const bodies = readings.map((reading) => Buffer.from(JSON.stringify(reading)));
  const producer = telemetryProducer(azure);
  try {
    const events = bodies.toSpliced(50, 0, Buffer.from('{"deviceId":')).map((body) => ({ body }));
    await producer.sendBatch(events, { partitionKey: 'one-bad' });
  } finally {
    await producer.close();
  }
  await countedAsSent(readings, ['one-bad']);
  const [blob] = await quarantined(azure);
  const { partition = '', offset = '', reason } = blob?.metadata ?? {};
  expect(reason).toBe('invalid-reading');
  expect(partition).toMatch(/^[0-3]$/);
  expect(blob?.name).toBe(`telemetry/aggregation/${partition}/${offset.padStart(20, '0')}`);
  const body = await quarantineOf(azure)
    .getBlobClient(blob?.name ?? '')
    .downloadToBuffer();
  expect(body.toString()).toBe('{"deviceId":');
});

test('what is no reading is answered by number and code, what is neither form with 400', async () => {
  const [good] = readingsOf('judged', 1);
  const future = { ...good, timestamp: new Date(Date.now() + hourMs).toISOString() };
  const lines = [good, { deviceId: 'judged' }, future].map((each) => JSON.stringify(each)).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await api.ask<{ accepted: number; rejected: unknown[] }>('POST', '/api/v1/telemetry', lines, headers);
  expect(answer.status).toBe(202);
  expect(answer.body).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 1, code: 'invalid-reading' },
      { index: 2, code: 'reading-from-the-future' },
    ],
  });
  const neither = await api.ask('POST', '/api/v1/telemetry', 'temperature=21');
  expect([neither.status, neither.body]).toMatchObject([400, { code: 'invalid-json' }]);
  const tooLarge = await api.ask('POST', '/api/v1/telemetry', `[${' '.repeat(4 * 1024 * 1024)}]`);
  expect(tooLarge.status).toBe(413);
});

test('a device never heard of has no points, and a query that makes no sense is refused with its parameter', async () => {
  expect(await api.get('/api/v1/telemetry/devices/nobody')).toMatchObject({ points: [] });
  const path = '/api/v1/telemetry/devices/nobody?from=2030-01-01T00:00:00Z&to=2030-03-01T00:00:00Z';
  const answer = await api.ask('GET', path);
  expect([answer.status, answer.body]).toMatchObject([400, { code: 'invalid-request', errors: [{ pointer: 'from' }] }]);
});

test('kill -9 of the host in the middle of batches changes no total (fault 27)', async () => {
  const devices = Array.from({ length: 8 }, (_, n) => `killed-${n}`);
  const sent = devices.flatMap((deviceId) => readingsOf(deviceId, 500));
  const batchesBegun = (): number => azure.output().split("Executing 'Functions.aggregateTelemetry'").length;
  for (let round = 0; round < 3; round += 1) {
    const begunBefore = batchesBegun();
    await sendByProducer(sent.filter((_, n) => n % 3 === round));
    await waitFor('a batch in work', () => batchesBegun() > begunBefore, { timeoutMs: 60_000, intervalMs: 1 });
    for (const pid of azure.children(/millrace-host/)) process.kill(pid, 'SIGKILL');
  }
  await countedAsSent(sent, devices);
  expect(await quarantined(azure)).toHaveLength(1);
});

test('kill -9 of hub and tables: readings are refused with 503 or kept, and sent again they count once', async () => {
  const devices = Array.from({ length: 6 }, (_, n) => `services-${n}`);
  const sent = devices.flatMap((deviceId) => readingsOf(deviceId, 200));
  const statuses = new Set<number>();
  for (let round = 0; round < 4; round += 1) {
    const share = sent.filter((_, n) => n % 4 === round);
    for (const pid of azure.children(/services-process/)) process.kill(pid, 'SIGKILL');
    const patiently = async (): Promise<boolean> => {
      const { status } = await api.ask('POST', '/api/v1/telemetry', share);
      statuses.add(status);
      return status === 202;
    };
    await waitFor(`share ${round} accepted`, patiently, { timeoutMs: 60_000, intervalMs: 100 });
  }
  await countedAsSent(sent, devices);
  expect([...statuses].filter((status) => ![202, 503].includes(status))).toEqual([]);
  expect(await quarantined(azure)).toHaveLength(1);
});
