import { expect, test } from 'vitest';
import { contractsOf } from '../../../../shared/contracts/by-entity.ts';
import { eventName } from '../../../../shared/kernel/cloud-event.ts';

test.each([
  ['new-order', ['ProcessOrder']],
  ['mail', ['PaymentCaptured', 'OrderCancelled', 'LatePaymentReversed']],
  ['kitchen', ['OrderCompleted']],
  ['order-events/Subscriptions/order-failures', ['OrderCancelled', 'LatePaymentReversed']],
  ['ORDER-EVENTS/subscriptions/paid-food', ['OrderCompleted']],
  ['hub/telemetry', ['Reading']],
  ['event-grid/sendVideoReady', ['VideoReady']],
  ['event-grid/receiveUpload', []],
  ['orchestration/import-sales', []],
  ['nowhere', []],
])('%s takes %j', (entity, names) => {
  expect(contractsOf(entity).map(({ type }) => eventName(type))).toEqual(names);
});

test('the hub of orders takes every event of an order', () => {
  expect(contractsOf('hub/order-stream').length).toBeGreaterThan(15);
});
