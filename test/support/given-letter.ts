// A dead letter as it arrives: an order nobody could read, from the queue of new orders.
import { type Arrival, decideArrival } from '../../shared/dead-letters/arrival.ts';
import { deadLetterIdOf, withoutMarks } from '../../shared/dead-letters/dead-letter.ts';
import type { DeadLetter } from '../../shared/dead-letters/dead-letter.ts';
import type { DeadLetterStore } from '../../shared/dead-letters/dead-letter-store.ts';
import { processOrder } from '../../shared/contracts/orders.ts';
import { toCloudEvent } from '../../shared/kernel/cloud-event.ts';

const at = '2030-01-01T00:00:00.000Z';

export const jsonBody = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** What the queue of new orders takes. */
export const goodBody = jsonBody(
  toCloudEvent({ id: 'm-1', type: processOrder.type, subject: 'o-1', time: at, data: processOrder.example }),
);

/** And what it does not: the data is missing. */
export const brokenBody = jsonBody(
  toCloudEvent({ id: 'm-1', type: processOrder.type, subject: 'o-1', time: at, data: {} }),
);

export const givenArrival = (parts: Partial<Arrival> = {}): Arrival => ({
  sourceEntity: 'new-order',
  reason: 'invalid-message',
  description: 'The data is not valid',
  messageId: 'm-1',
  originalId: 'm-1',
  properties: { traceId: 't-1', reason: 'invalid-message', sourceEntity: 'new-order', copy: 0 },
  optional: { subject: 'ProcessOrder', correlationId: 'o-1' },
  hasSession: false,
  body: brokenBody,
  ...parts,
});

/** Comes in as the processor of dead letters takes it. */
export async function arrive(letters: DeadLetterStore, arrival = givenArrival(), now = at): Promise<DeadLetter> {
  const originalId = withoutMarks(arrival.originalId);
  const id = deadLetterIdOf(originalId, arrival.sourceEntity);
  const bodySha256 = await letters.putBody(id, arrival.body);
  const letter = await letters.change(id, (before) =>
    decideArrival(before, { id, originalId }, arrival, bodySha256, now),
  );
  if (letter === undefined) throw new Error('the letter did not arrive');
  return letter;
}
