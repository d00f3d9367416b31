// Sends what the outbox has for a hub: the correlation id is the partition key, so one partition has all of an order's, in order.
import type { EventHubProducerClient } from '@azure/event-hubs';
import { checkIn, type ClaimStore } from '../../kernel/claim-check.ts';
import { cloudEventContentType } from '../../kernel/cloud-event.ts';
import { AppError } from '../../kernel/errors.ts';
import { forEachAtOnce } from '../../kernel/for-each-at-once.ts';
import type { MessageSender, OutboxMessage } from '../../kernel/outbox.ts';
import type { Guard } from '../resilience/guard.ts';

const keysAtOnce = 8;

/**
 * Large data is stored apart first.
 * @param open answers the same producer each time
 */
export function hubOutboxSender(
  open: (hub: string) => EventHubProducerClient | Promise<EventHubProducerClient>,
  guard: Guard,
  claims: ClaimStore,
): MessageSender {
  return {
    send: async (hub, messages) => {
      const byKey = Map.groupBy(messages, ({ correlationId }) => correlationId);
      await forEachAtOnce(byKey, keysAtOnce, async ([partitionKey, ofKey]) => {
        const events = await Promise.all(ofKey.map((message) => toHubEvent(message, claims)));
        await guard.run(async (abortSignal) => {
          try {
            await sendAll(await open(hub), partitionKey, events, abortSignal);
          } catch (cause) {
            if (cause instanceof AppError) throw cause;
            const detail = `The hub ${hub} did not take a message; try again shortly`;
            throw new AppError('messaging-unavailable', detail, { cause });
          }
        });
      });
    },
  };
}

async function toHubEvent({ messageId, correlationId, body }: OutboxMessage, claims: ClaimStore) {
  return {
    body: Buffer.from(await checkIn(body, claims)),
    messageId,
    correlationId,
    contentType: cloudEventContentType,
  };
}

async function sendAll(
  producer: EventHubProducerClient,
  partitionKey: string,
  events: readonly Awaited<ReturnType<typeof toHubEvent>>[],
  abortSignal: AbortSignal,
): Promise<void> {
  const options = { partitionKey, abortSignal };
  let batch = await producer.createBatch(options);
  for (const event of events) {
    if (batch.tryAdd(event)) continue;
    await producer.sendBatch(batch, { abortSignal });
    batch = await producer.createBatch(options);
    if (!batch.tryAdd(event)) throw new AppError('message-too-large', 'An event is larger than the hub takes');
  }
  await producer.sendBatch(batch, { abortSignal });
}
