import { processOrder } from '../../shared/contracts/orders.ts';
import type { Arrival } from '../../shared/dead-letters/arrival.ts';
import { toCloudEvent } from '../../shared/kernel/cloud-event.ts';

/** A message that nobody could read, of the queue new-order. */
export const deadLetterArrival = (own: Partial<Arrival> = {}): Arrival => ({
  sourceEntity: 'new-order',
  reason: 'invalid-message',
  description: 'The message is not JSON in UTF-8',
  messageId: 'm-1',
  originalId: 'm-1',
  properties: {},
  optional: {},
  hasSession: false,
  body: Buffer.from('{ not json'),
  ...own,
});

/** What new-order takes. */
export const takenByNewOrder = Buffer.from(
  JSON.stringify(
    toCloudEvent({
      id: 'm-1',
      type: processOrder.type,
      subject: processOrder.example.orderId,
      time: '2030-01-01T00:00:00.000Z',
      data: processOrder.example,
    }),
  ),
);
