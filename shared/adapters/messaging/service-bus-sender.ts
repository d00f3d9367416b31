// Sends what the outbox and the settlement rule hand over; one sender an entity, opened when first needed.
import type { ServiceBusClient, ServiceBusError, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import { checkIn, type ClaimStore } from '../../kernel/claim-check.ts';
import { cloudEventContentType } from '../../kernel/cloud-event.ts';
import { AppError } from '../../kernel/errors.ts';
import { onceEach } from '../../kernel/once.ts';
import type { MessageSender, OutboxMessage } from '../../kernel/outbox.ts';
import type { Guard } from '../resilience/guard.ts';

export interface RawSender {
  /** Many go in as few batches as hold them, in order. @throws AppError messaging-unavailable, message-too-large */
  send(entity: string, messages: ServiceBusMessage | ServiceBusMessage[]): Promise<void>;
}

/** @param open answers the same client each time */
export function serviceBusSender(open: () => ServiceBusClient | Promise<ServiceBusClient>, guard: Guard): RawSender {
  const senderOf = onceEach(async (entity) => (await open()).createSender(entity));
  return {
    send: (entity, messages) =>
      guard.run(async (abortSignal) => {
        try {
          const sender = await senderOf(entity);
          await (Array.isArray(messages)
            ? sendAll(sender, messages, abortSignal)
            : sender.sendMessages(messages, { abortSignal }));
        } catch (cause) {
          if (cause instanceof AppError) throw cause;
          if ((cause as Partial<ServiceBusError>).code === 'MessageSizeExceeded') throw tooLarge(entity, cause);
          throw new AppError(
            'messaging-unavailable',
            `The broker did not take a message for ${entity}; try again shortly`,
            { cause },
          );
        }
      }),
  };
}

async function sendAll(
  sender: ServiceBusSender,
  messages: readonly ServiceBusMessage[],
  abortSignal: AbortSignal,
): Promise<void> {
  let batch = await sender.createMessageBatch({ abortSignal });
  for (const message of messages) {
    if (batch.tryAddMessage(message)) continue;
    if (batch.count > 0) {
      await sender.sendMessages(batch, { abortSignal });
      batch = await sender.createMessageBatch({ abortSignal });
      if (batch.tryAddMessage(message)) continue;
    }
    throw tooLarge(sender.entityPath);
  }
  if (batch.count > 0) await sender.sendMessages(batch, { abortSignal });
}

const tooLarge = (entity: string, cause?: unknown): AppError =>
  new AppError('message-too-large', `A message for ${entity} is larger than the broker takes`, { cause });

/** Large data is stored apart first; a batch that is sent again in part is folded by the ids of its messages. */
export const busOutboxSender = (sender: RawSender, claims: ClaimStore): MessageSender => ({
  send: async (destination, messages) => {
    const bodies = await Promise.all(messages.map(({ body }) => checkIn(body, claims)));
    await sender.send(
      destination,
      messages.map((message, index) => toServiceBusMessage({ ...message, body: bodies[index] ?? message.body })),
    );
  },
});

export const toServiceBusMessage = ({
  messageId,
  label,
  correlationId,
  sessionId,
  body,
}: OutboxMessage): ServiceBusMessage => ({
  body: Buffer.from(body),
  messageId,
  subject: label,
  correlationId,
  ...(sessionId === undefined ? {} : { sessionId }),
  contentType: cloudEventContentType,
});
