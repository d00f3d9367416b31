// Faults 29, 30 and 32: late, out of order, repeated, from a wrong clock: the windows are an oracle's.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aggregateReadings } from '../../../../shared/telemetry/aggregate-readings.ts';
import { type Reading, toReading } from '../../../../shared/telemetry/reading.ts';
import { readPoints } from '../../../../shared/telemetry/read-points.ts';
import { rollUpHours } from '../../../../shared/telemetry/roll-up.ts';
import { hourMs, minuteMs } from '../../../../shared/telemetry/window.ts';
import { MemoryTelemetry } from '../../../support/memory-telemetry.ts';
import { oraclePoints, rounded, type SentReading } from '../../../support/telemetry-oracle.ts';

const begin = Date.UTC(2030, 0, 1, 10);
const later = begin + 24 * hourMs;

const read = (sent: SentReading): Reading => toReading(sent, later);

const pointsOf = async (store: MemoryTelemetry, deviceId: string, metric: string, interval: '1m' | '1h') =>
  await readPoints(store, { deviceId, metric, from: begin, to: later, interval });

/** Distinct readings; the sequence, where there is one, follows from the time. */
const sentReading = fc
  .record({
    deviceId: fc.constantFrom('a', 'b'),
    offsetMs: fc.oneof(fc.nat(3 * hourMs - 1), fc.nat(2 * minuteMs)),
    isNumbered: fc.boolean(),
    temperature: fc.option(fc.integer({ min: -50, max: 50 })),
  })
  .map(
    ({ deviceId, offsetMs, isNumbered, temperature }): SentReading => ({
      deviceId,
      timestamp: new Date(begin + offsetMs).toISOString(),
      ...(isNumbered ? { sequence: offsetMs } : {}),
      values: { humidity: offsetMs % 100, ...(temperature === null ? {} : { temperature }) },
    }),
  );

const distinct = fc.uniqueArray(sentReading, {
  selector: ({ deviceId, timestamp, sequence }) => `${deviceId} ${sequence ?? timestamp}`,
  minLength: 1,
  maxLength: 60,
});

/** Batches of them in any order, each reading in one or more. */
const deliveries = distinct.chain((readings) =>
  fc.record({
    readings: fc.constant(readings),
    batches: fc
      .array(fc.nat(readings.length - 1), { maxLength: 60 })
      .chain((repeats) => {
        const all = [...readings.keys(), ...repeats];
        return fc
          .shuffledSubarray([...all.keys()], { minLength: all.length })
          .map((order) => order.map((at) => all[at] ?? 0));
      })
      .chain((order) => fc.integer({ min: 1, max: 30 }).map((size) => chunk(order, size))),
    rollUpAfter: fc.nat(10),
  }),
);

const chunk = (order: readonly number[], size: number): number[][] =>
  Array.from({ length: Math.ceil(order.length / size) }, (_, n) => order.slice(n * size, (n + 1) * size));

test('in any order, with any repeats and roll-ups between, minutes and hours are those of an oracle', async () => {
  await fc.assert(
    fc.asyncProperty(deliveries, async ({ readings, batches, rollUpAfter }) => {
      const store = new MemoryTelemetry();
      for (const [index, batch] of batches.entries()) {
        await aggregateReadings(store, batch.flatMap((at) => readings[at] ?? []).map(read));
        if (index === rollUpAfter) await rollUpHours(store, later, () => {});
      }
      for (const deviceId of ['a', 'b']) {
        for (const metric of ['humidity', 'temperature']) {
          const minutes = oraclePoints(readings, deviceId, metric, minuteMs);
          const hours = oraclePoints(readings, deviceId, metric, hourMs);
          expect(rounded(await pointsOf(store, deviceId, metric, '1m'))).toEqual(rounded(minutes));
          expect(rounded(await pointsOf(store, deviceId, metric, '1h'))).toEqual(rounded(hours));
          await rollUpHours(store, later, () => {});
          expect(rounded(await pointsOf(store, deviceId, metric, '1h'))).toEqual(rounded(hours));
        }
      }
      expect(store.marks.size).toBe(0);
    }),
    { numRuns: 150 },
  );
});

const at = (ms: number, more: Partial<Reading> = {}): Reading => ({ deviceId: 'd', at: ms, values: { t: 1 }, ...more });

test('a batch that comes again writes nothing', async () => {
  const store = new MemoryTelemetry();
  const batch = [at(begin), at(begin + 1), at(begin + 1, { sequence: 4 }), at(begin + hourMs)];
  await aggregateReadings(store, batch);
  const { writes } = store;
  await aggregateReadings(store, batch.toReversed());
  expect(store.writes).toBe(writes);
});

test('of two readings with one sequence in a minute the earlier one counts, whichever came first', async () => {
  const [early, late] = [
    at(begin, { sequence: 1, values: { t: 1 } }),
    at(begin + 5, { sequence: 1, values: { t: 2 } }),
  ];
  for (const order of [
    [early, late],
    [late, early],
  ]) {
    const store = new MemoryTelemetry();
    for (const reading of order) await aggregateReadings(store, [reading]);
    expect(await pointsOf(store, 'd', 't', '1m')).toMatchObject([{ count: 1, mean: 1 }]);
  }
});

test('a window is final once its device is two minutes past it, and a late reading is counted all the same', async () => {
  const store = new MemoryTelemetry();
  await aggregateReadings(store, [at(begin), at(begin + 3 * minuteMs - 1)]);
  expect(await pointsOf(store, 'd', 't', '1m')).toMatchObject([{ final: false }, { final: false }]);
  await aggregateReadings(store, [at(begin + 3 * minuteMs)]);
  expect(await pointsOf(store, 'd', 't', '1m')).toMatchObject([
    { final: true, count: 1 },
    { final: false },
    { final: false },
  ]);
  await aggregateReadings(store, [at(begin + 1)]);
  expect((await pointsOf(store, 'd', 't', '1m'))[0]).toMatchObject({ final: true, count: 2 });
});

test("a device whose clock is ahead closes none of another's windows", async () => {
  const store = new MemoryTelemetry();
  await aggregateReadings(store, [at(begin), at(begin + 9 * minuteMs, { deviceId: 'ahead' })]);
  expect(await pointsOf(store, 'd', 't', '1m')).toMatchObject([{ final: false }]);
});

test('a failed device fails the batch, and the batch again makes up for it', async () => {
  const store = new MemoryTelemetry();
  const batch = Array.from({ length: 40 }, (_, n) => at(begin + n, { deviceId: `d${n}` }));
  store.beforeWrite = (deviceId) => {
    if (deviceId === 'd7') throw new Error('no answer');
  };
  await expect(aggregateReadings(store, batch)).rejects.toThrow('no answer');
  store.beforeWrite = () => {};
  await aggregateReadings(store, batch);
  expect(store.partitions.size).toBe(40);
  expect(store.writes).toBe(40);
});

test('thousands of devices are worked on a few at a time', async () => {
  const store = new MemoryTelemetry();
  let [running, most] = [0, 0];
  store.beforeWrite = async () => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
  };
  await aggregateReadings(
    store,
    Array.from({ length: 5_000 }, (_, n) => at(begin, { deviceId: `d${n}` })),
  );
  expect(store.partitions.size).toBe(5_000);
  expect(most).toBeLessThanOrEqual(16);
});
