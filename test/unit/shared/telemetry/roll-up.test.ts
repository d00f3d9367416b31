import { expect, test } from 'vitest';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { aggregateReadings } from '../../../../shared/telemetry/aggregate-readings.ts';
import type { Reading } from '../../../../shared/telemetry/reading.ts';
import { readPoints } from '../../../../shared/telemetry/read-points.ts';
import { rollUpHours } from '../../../../shared/telemetry/roll-up.ts';
import { allowedLatenessMs, hourMs, minuteMs } from '../../../../shared/telemetry/window.ts';
import { MemoryTelemetry } from '../../../support/memory-telemetry.ts';

const hour = Date.UTC(2030, 0, 1, 10);
const over = hour + hourMs + allowedLatenessMs;
const at = (ms: number, deviceId = 'd'): Reading => ({ deviceId, at: ms, values: { t: (ms - hour) / minuteMs } });
const never = (): void => {
  throw new Error('given up');
};

async function given(...readings: Reading[]): Promise<MemoryTelemetry> {
  const store = new MemoryTelemetry();
  await aggregateReadings(store, readings);
  return store;
}

const hours = (store: MemoryTelemetry, deviceId = 'd') =>
  readPoints(store, { deviceId, interval: '1h', from: hour, to: hour + 5 * hourMs });

test('an hour is rolled up once it is over and lateness allows for no more', async () => {
  const store = await given(at(hour), at(hour + 59 * minuteMs));
  const open = await hours(store);
  expect(await rollUpHours(store, over - 1, never)).toBe(0);
  expect(await rollUpHours(store, over + 1, never)).toBe(1);
  expect(store.partitions.get('d')?.hours.size).toBe(1);
  expect(store.marks.size).toBe(0);
  expect(await hours(store)).toEqual(open);
});

test('a roll-up that comes again finds nothing to do', async () => {
  const store = await given(at(hour));
  await rollUpHours(store, over + 1, never);
  expect(await rollUpHours(store, over + 1, never)).toBe(0);
});

test('a crash between the hour and its mark costs a repeat that changes nothing', async () => {
  const store = await given(at(hour));
  const mark = [...store.marks.entries()];
  await rollUpHours(store, over + 1, never);
  const rolledUp = await hours(store);
  for (const [key, value] of mark) store.marks.set(key, value);
  expect(await rollUpHours(store, over + 1, never)).toBe(1);
  expect(await hours(store)).toEqual(rolledUp);
  expect(store.marks.size).toBe(0);
});

test('a late reading opens its hour again, shows at once and is in the next roll-up', async () => {
  const store = await given(at(hour));
  await rollUpHours(store, over + 1, never);
  await aggregateReadings(store, [at(hour + minuteMs)]);
  expect(await hours(store)).toMatchObject([{ count: 2 }]);
  expect(await rollUpHours(store, over + 1, never)).toBe(1);
  expect(await hours(store)).toMatchObject([{ count: 2 }]);
});

test('a reading that is being written during the roll-up is not lost to it', async () => {
  const store = await given(at(hour));
  await rollUpHours(store, over + 1, never);
  store.beforeWrite = async () => {
    store.beforeWrite = () => {};
    await rollUpHours(store, over + 1, never);
  };
  await aggregateReadings(store, [at(hour + minuteMs)]);
  expect(store.marks.size).toBe(1);
  await rollUpHours(store, over + 1, never);
  expect(await hours(store)).toMatchObject([{ count: 2 }]);
  expect(store.marks.size).toBe(0);
});

test('the mark of a device whose first reading is not written yet stays', async () => {
  const store = await given(at(hour, 'other'));
  store.marks.set('early', { deviceId: 'd', hour, version: '1' });
  await rollUpHours(store, over + 1, never);
  expect([...store.marks.keys()]).toEqual(['early']);
});

test('an hour that cannot be rolled up is told of and holds up no other', async () => {
  const store = await given(at(hour, 'broken'), at(hour, 'whole'));
  store.beforeWrite = (deviceId) => {
    if (deviceId === 'broken') throw new Error('unreadable');
  };
  const told: string[] = [];
  expect(await rollUpHours(store, over + 1, ({ deviceId }) => told.push(deviceId))).toBe(1);
  expect(told).toEqual(['broken']);
  expect([...store.marks.values()]).toMatchObject([{ deviceId: 'broken' }]);
});

test('storage that does not answer ends the roll-up for this time', async () => {
  const store = await given(at(hour));
  store.beforeWrite = () => {
    throw new AppError('storage-unavailable', 'down');
  };
  await expect(rollUpHours(store, over + 1, never)).rejects.toMatchObject({ code: 'storage-unavailable' });
});
