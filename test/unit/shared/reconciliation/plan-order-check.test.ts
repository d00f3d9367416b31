import { expect, test } from 'vitest';
import { graceMs, longestSagaMs, planOrderCheck } from '../../../../shared/reconciliation/plan-order-check.ts';

const now = Date.UTC(2030, 0, 1);
const order = (status: string, ageMs: number) => ({ status, updatedAt: new Date(now - ageMs).toISOString() });

test.each(['draft', 'accepted', 'processing', 'completed', 'cancelled', 'needs-attention'])(
  'a %s order that changed a moment ago is left alone',
  (status) => {
    expect(planOrderCheck(order(status, graceMs - 1), now)).toBe('leave');
  },
);

test.each([
  ['draft', 'leave'],
  ['accepted', 'start-saga'],
  ['processing', 'start-saga'],
  ['completed', 'completed'],
  ['cancelled', 'cancelled'],
  ['needs-attention', 'leave'],
])('a %s order that rests: %s', (status, check) => {
  expect(planOrderCheck(order(status, graceMs), now)).toBe(check);
});

test('an order under way for longer than any saga takes is stuck', () => {
  expect(planOrderCheck(order('processing', longestSagaMs - 1), now)).toBe('start-saga');
  expect(planOrderCheck(order('processing', longestSagaMs), now)).toBe('stuck');
});
