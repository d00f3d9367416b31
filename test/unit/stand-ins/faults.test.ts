import { expect, test } from 'vitest';
import { createFaults, setFault } from '../../../local/stand-ins/faults.ts';

const set = (faults: ReturnType<typeof createFaults>, body: unknown) => setFault(faults, JSON.stringify(body));

test('a fault with a count ends by itself', () => {
  const faults = createFaults();
  set(faults, { target: 'mail', mode: 'down', count: 2 });
  expect([faults.next('mail'), faults.next('mail'), faults.next('mail')]).toEqual(['down', 'down', 'ok']);
});

test('a fault without a count stays until another is set', () => {
  const faults = createFaults();
  set(faults, { target: 'payments', mode: 'timeout' });
  expect([faults.next('payments'), faults.next('payments')]).toEqual(['timeout', 'timeout']);
  set(faults, { target: 'payments', mode: 'ok' });
  expect(faults.next('payments')).toBe('ok');
});

test('a fault meets its own target only', () => {
  const faults = createFaults();
  set(faults, { target: 'carrier', mode: 'down' });
  expect(faults.next('payments')).toBe('ok');
});

test.each([
  {},
  [],
  { target: 'weather', mode: 'down' },
  { target: 'mail', mode: 'sad' },
  { target: 'mail', mode: 'reordered' },
  { target: 'webhooks', mode: 'slow' },
  { target: 'mail', mode: 'down', count: 0 },
  { target: 'mail', mode: 'down', count: 1.5 },
  { target: 'mail', mode: 'down', count: '2' },
  { target: 'mail', mode: 'down', counts: 2 },
])('refuses %j with what is allowed', (body) => {
  const faults = createFaults();
  const before = faults.all();
  const answer = set(faults, body);
  expect(answer).toMatchObject({ status: 400, body: { targets: ['payments', 'carrier', 'mail', 'webhooks'] } });
  expect(faults.all()).toEqual(before);
});

test('refuses what is no JSON', () => {
  expect(setFault(createFaults(), '{').status).toBe(400);
});
