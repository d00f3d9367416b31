import { expect, test } from 'vitest';
import { orderEvents } from '../../../../shared/contracts/order-events.ts';
import { readCloudEvent, toCloudEvent } from '../../../../shared/kernel/cloud-event.ts';
import { schemaVersionOf, toNewestEvent } from '../../../../shared/orders/stored-event.ts';

const createdV1 = {
  customerId: 'ada',
  contactId: 'c-1',
  items: [{ sku: 'TICKET-STANDARD', quantity: 1, unitPrice: { amountMinor: 4900, currency: 'EUR' } }],
  total: { amountMinor: 4900, currency: 'EUR' },
  payment: { method: 'pm_card_visa' },
};

test('an event that yesterday’s app stored is brought up to today’s version', () => {
  expect(toNewestEvent('OrderCreated', 1, createdV1)).toEqual({
    type: 'OrderCreated',
    data: { ...createdV1, channel: 'web' },
  });
});

test('an event of today’s version stays as it is', () => {
  const data = { ...createdV1, channel: 'till' };
  expect(toNewestEvent('OrderCreated', schemaVersionOf('OrderCreated'), data)).toEqual({ type: 'OrderCreated', data });
});

test.each([
  ['OrderCreated', 3],
  ['OrderFramed', 1],
  ['toString', 1],
])('%s v%d, which only a newer app can have stored, is named', (type, version) => {
  expect(() => toNewestEvent(type, version, {})).toThrow(
    expect.objectContaining({
      code: 'broken-invariant',
      message: `${type} v${version} was stored by a newer app: deploy that one again`,
    }),
  );
});

test('a message of yesterday’s version that is still on its way is read, too', () => {
  const type = orderEvents.OrderCreated.earlier[0]?.type ?? '';
  const orderId = '0190a8f0-0000-7000-8000-000000000001';
  const sent = toCloudEvent({
    id: 'm-1',
    type,
    subject: orderId,
    time: '2026-01-01T00:00:00Z',
    data: { orderId, version: 1, ...createdV1 },
  });
  expect(readCloudEvent(sent, [orderEvents.OrderCreated]).data).toEqual({
    orderId,
    version: 1,
    ...createdV1,
    channel: 'web',
  });
});
