import { expect, test } from 'vitest';
import { sourceOf } from '../../../../shared/dead-letters/source-entity.ts';

test.each([
  ['new-order', { kind: 'queue', queue: 'new-order' }],
  ['order-events/Subscriptions/paid-food', { kind: 'queue', queue: 'kitchen' }],
  ['event-grid/alertOperator', { kind: 'event-grid', functionName: 'alertOperator' }],
  ['event-grid/receiveUpload', { kind: 'event-grid', functionName: 'receiveUpload' }],
  ['hub/telemetry', { kind: 'hub', hub: 'telemetry' }],
  ['orchestration/payment-saga-v2', { kind: 'orchestration', orchestration: 'payment-saga-v2' }],
])('what failed in %s goes there again, past the other subscribers', (entity, source) => {
  expect(sourceOf(entity)).toEqual(source);
});

test.each(['nowhere', '', 'hub/nowhere', 'event-grid/nobody', 'order-events', 'order-events/Subscriptions/none'])(
  'there is no way back to "%s"',
  (entity) => expect(sourceOf(entity)).toBeUndefined(),
);
