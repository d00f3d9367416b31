// The local Azure in a test's own process, under a clock that skips: what takes days takes milliseconds.
import { join } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Local, skippingClock, startLocal } from '../../local/testing/testing.ts';
import { waitFor } from '../support/wait-for.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const app = join(import.meta.dirname, 'fixtures/patient');

const folder = process.cwd();

let local: Local;
let bus: ServiceBusClient;
let seen: unknown[][];

beforeAll(async () => {
  local = await startLocal({
    app,
    topology: { serviceBus: { queues: [{ name: 'reminders' }, { name: 'held' }] } },
    clock: skippingClock(),
    settings: { GREETING: 'from the test' },
  });
  ({ seen } = (await import(join(app, 'main.js'))) as { seen: unknown[][] });
  bus = new ServiceBusClient(local.serviceBus);
});

afterAll(async () => {
  await bus.close();
  await local.close();
});

const post = async (path: string, body?: unknown) => {
  const answer = await fetch(`${local.url}/api/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });
  expect(answer.status).toBe(202);
};

describe('under a skipping clock', () => {
  it('an orchestration of a day is over at once', async () => {
    await post('start/day/d1');
    const startedAt = local.clock.now();
    const { status, output } = await local.finished('d1');
    expect({ status, output }).toEqual({ status: 'Completed', output: { hours: 24, note: 'a day' } });
    expect(local.clock.now() - startedAt).toBeGreaterThanOrEqual(dayMs - 60_000);
  });

  it('retries come after hours of back-off', async () => {
    await post('start/retries/r1');
    expect((await local.finished('r1')).output).toEqual({ made: 4, hours: 7 });
  });

  it('time stands while an activity is at work: the slower timer does not overtake it', async () => {
    await post('start/race/race1');
    expect((await local.finished('race1')).output).toBe('done');
  });

  it('an event in time beats the timer, none in time does not', async () => {
    await post('start/approval/a1');
    await local.skip(dayMs);
    await post('raise/a1/approval', 'yes');
    expect((await local.finished('a1')).output).toBe('yes');
    await post('start/approval/a2');
    expect((await local.finished('a2')).output).toBe('nobody answered');
  });

  it('an entity keeps its state over months', async () => {
    await post('start/savings/s1');
    expect((await local.finished('s1', { withinMs: 100 * dayMs })).output).toBe(30);
  });

  it('a message scheduled for the next hour comes when that hour has passed', async () => {
    const sender = bus.createSender('reminders');
    const dueAt = new Date(local.clock.now() + hourMs);
    await sender.scheduleMessages({ body: 'tea' }, dueAt);
    await local.skip(hourMs / 2);
    expect(seen.filter(([what]) => what === 'reminded')).toEqual([]);
    await local.skipUntilIdle({ withinMs: hourMs });
    expect(seen.filter(([what]) => what === 'reminded')).toMatchObject([['reminded', 'tea', expect.any(String)]]);
  });

  it('a lock runs out by skipping on purpose, not by itself', async () => {
    await bus.createSender('held').sendMessages({ body: 'mine' });
    const receiver = bus.createReceiver('held');
    const [first] = await receiver.receiveMessages(1);
    await local.skip(2 * 60_000);
    const [again] = await receiver.receiveMessages(1);
    expect([first?.deliveryCount, again?.deliveryCount]).toEqual([0, 1]);
    if (again) await receiver.completeMessage(again);
  });

  it('timer functions fire on the way, each occurrence once', async () => {
    const nights = () => seen.filter(([what]) => what === 'nightly');
    const had = nights().length;
    await local.skip(3 * dayMs);
    expect(nights()).toHaveLength(had + 3);
    expect(nights().every(([, next, isPastDue]) => /T02:30:00.000Z$/.test(String(next)) && isPastDue === false)).toBe(
      true,
    );
  });
});

it('an instance that does not finish is an error that says what it waits for', async () => {
  await post('start/never/n1');
  await waitFor('the instance', async () => (await local.hub.instances.record('n1'))?.status === 'Running');
  await expect(local.finished('n1', { withinMs: dayMs })).rejects.toThrow(
    "Instance 'n1' of 'never' is Running and does not finish: it waits for an external event.",
  );
});

it('settings of the test are over those of the file', async () => {
  expect(await (await fetch(`${local.url}/api/settings`)).text()).toBe('from the test');
  expect(local.settings['SERVICE_BUS']).toBe(local.serviceBus.replace(/:\d+;/, (port) => port));
});

it('a second local in the same process is refused', async () => {
  await expect(startLocal({ app })).rejects.toThrow('once a process');
});

it('closing gives environment and working directory back', async () => {
  expect(process.env['GREETING']).toBe('from the test');
  await local.close();
  expect(process.env['GREETING']).toBeUndefined();
  expect(process.cwd()).toBe(folder);
});
