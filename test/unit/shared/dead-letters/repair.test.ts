import { expect, test } from 'vitest';
import { orderEvents } from '../../../../shared/contracts/order-events.ts';
import { processOrder } from '../../../../shared/contracts/orders.ts';
import { decideArrival } from '../../../../shared/dead-letters/arrival.ts';
import { type DeadLetter, millrace } from '../../../../shared/dead-letters/dead-letter.ts';
import { planRepair } from '../../../../shared/dead-letters/repair.ts';
import { deadLetterArrival, takenByNewOrder } from '../../../support/dead-letter-arrival.ts';

const at = '2030-01-01T00:00:00.000Z';
const later = (minutes: number): string => new Date(Date.parse(at) + minutes * 60_000).toISOString();

function letterOf(reason: string, more: Partial<DeadLetter> = {}): DeadLetter {
  const change = decideArrival(undefined, { id: 'l', originalId: 'm-1' }, deadLetterArrival({ reason }), 'hash', at);
  if (change === undefined) throw new Error('nothing came');
  return { ...change.letter, ...more };
}

const contracts = [processOrder];
const plan = (letter: DeadLetter, body = takenByNewOrder, when = at) => planRepair(letter, body, contracts, when);

test('what its queue takes by now goes again as it is', () => {
  expect(plan(letterOf('invalid-message'))).toEqual({ note: expect.stringContaining(processOrder.type) });
});

test('an old version that a reader brings up to the newest goes again as it is', () => {
  const { OrderCreated } = orderEvents;
  const { channel: _later, ...data } = OrderCreated.example;
  const event = { ...JSON.parse(takenByNewOrder.toString()), type: 'millrace.orders.OrderCreated.v1', data };
  const body = Buffer.from(JSON.stringify(event));
  expect(planRepair(letterOf('invalid-message'), body, [OrderCreated], at)).toEqual({ note: expect.any(String) });
});

test('a time that CloudEvents need not have is filled in', () => {
  const { time: _none, ...event } = JSON.parse(takenByNewOrder.toString());
  const repair = plan(letterOf('invalid-message'), Buffer.from(JSON.stringify(event)));
  expect(JSON.parse(Buffer.from(repair?.body ?? []).toString())).toEqual({ ...event, time: at });
});

test.each([
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['data against the contract, without a time', '{"specversion":"1.0","id":"1","type":"t","source":"s","subject":"x"}'],
])('%s waits for a person', (_what, body) => {
  expect(plan(letterOf('invalid-message'), Buffer.from(body))).toBeUndefined();
});

test('nothing is mended for a place without contracts', () => {
  expect(planRepair(letterOf('invalid-message'), takenByNewOrder, [], at)).toBeUndefined();
});

test('a schema is mended once, but what has begun goes on', () => {
  const held = { resubmission: 1, action: 'repair-1', by: millrace, until: later(4), bodySha256: 'hash' };
  expect(plan(letterOf('invalid-message', { repairs: 1 }))).toBeUndefined();
  expect(plan(letterOf('invalid-message', { repairs: 1, held }))).toBeDefined();
  expect(plan(letterOf('invalid-message', { held: { ...held, by: 'ada' } }))).toBeUndefined();
});

test.each(['repaired', 'resubmitted', 'discarded'] as const)('one that is %s is left alone', (state) => {
  expect(plan(letterOf('invalid-message', { state }))).toBeUndefined();
});

test('a dependency is waited for twice, longer the second time, and then by a person', () => {
  const first = letterOf('carrier-unavailable');
  expect(first.retryAt).toBe(later(5));
  expect(plan(first, takenByNewOrder, later(4))).toBeUndefined();
  expect(plan(first, takenByNewOrder, later(5))).toBeDefined();
  const back = (letter: DeadLetter, number: number): DeadLetter => {
    const messageId = `m-1!r${number}`;
    const arrival = deadLetterArrival({ reason: 'carrier-unavailable', messageId });
    const sent = { ...letter, state: 'repaired', repairs: number, resubmissions: number } as const;
    return decideArrival(sent, { id: 'l', originalId: 'm-1' }, arrival, 'hash', at)?.letter ?? letter;
  };
  const second = back(first, 1);
  expect(second).toMatchObject({ state: 'open', retryAt: later(60) });
  expect(back(second, 2)).not.toHaveProperty('retryAt');
});

test.each(['order-not-found', 'broken-invariant'])('%s waits for a person', (reason) => {
  expect(plan(letterOf(reason))).toBeUndefined();
});
