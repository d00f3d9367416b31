// Readings onto the local hub by the real producer.
import { once } from '../../shared/kernel/once.ts';
import { earliestEventPosition, EventHubProducerClient } from '@azure/event-hubs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hubReadings } from '../../shared/adapters/messaging/hub-readings.ts';
import { createGuard } from '../../shared/adapters/resilience/guard.ts';
import { limits } from '../../shared/adapters/resilience/limits.ts';
import { parseReading, type Reading, type ReadingMessage } from '../../shared/telemetry/reading.ts';
import { collect, type LocalEventHubs, startEventHubs } from '../support/event-hubs.ts';
import { waitFor } from '../support/wait-for.ts';

const now = Date.UTC(2030, 0, 1);
const hub = { name: 'telemetry', properties: { partitionCount: 4 }, consumerGroups: [{ name: 'aggregation' }] };
let hubs: LocalEventHubs;
const guard = () => createGuard('event-hubs', limits['event-hubs']);

beforeAll(async () => {
  hubs = await startEventHubs({ eventHubs: { hubs: [hub] } });
});

afterAll(() => hubs[Symbol.asyncDispose]());

const reading = (deviceId: string, sequence: number): ReadingMessage => ({
  deviceId,
  timestamp: new Date(now + sequence).toISOString(),
  sequence,
  values: { temperature: sequence / 10 },
});

/** All readings of the hub, a list a partition. */
const received = async (count: number): Promise<Reading[][]> => {
  const consumer = hubs.consumer();
  const partitions = (await hubs.producer().getPartitionIds()).map((id) =>
    collect(consumer, id, earliestEventPosition, { skipParsingBodyAsJson: true, maxBatchSize: 500 }),
  );
  await waitFor(
    `${count} readings`,
    () => {
      const came = partitions.reduce((sum, { events }) => sum + events.length, 0);
      if (came < count) throw new Error(`${came} came`);
      return true;
    },
    { timeoutMs: 30_000 },
  );
  return partitions.map(({ events }) => events.map(({ body }) => parseReading(body as Uint8Array, now)));
};

test('the readings of a device are in one partition and in order, more of them than a batch holds too', async () => {
  const devices = Array.from({ length: 40 }, (_, n) => `device-${n}`);
  const few = devices.flatMap((deviceId) => [1, 2, 3].map((sequence) => reading(deviceId, sequence)));
  const many = Array.from({ length: 9_000 }, (_, sequence) => reading('busy', sequence));
  await hubReadings(
    once(() => hubs.producer()),
    guard(),
  ).send([...few, ...many]);
  const partitions = await received(few.length + many.length);
  for (const deviceId of [...devices, 'busy']) {
    const homes = partitions.filter((list) => list.some((each) => each.deviceId === deviceId));
    expect(homes).toHaveLength(1);
    const sequences = homes.flat().flatMap((each) => (each.deviceId === deviceId ? [each.sequence] : []));
    expect(sequences).toEqual(deviceId === 'busy' ? [...many.keys()] : [1, 2, 3]);
  }
  expect(partitions.every((list) => list.length > 0)).toBe(true);
});

test('a hub that does not answer is a transient failure', async () => {
  const nowhere = 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true;';
  const producer = new EventHubProducerClient(nowhere, 'telemetry', { retryOptions: { maxRetries: 0 } });
  const sent = hubReadings(() => producer, guard()).send([reading('d', 1)]);
  await expect(sent).rejects.toMatchObject({ code: 'messaging-unavailable', kind: 'transient' });
  await producer.close();
});
