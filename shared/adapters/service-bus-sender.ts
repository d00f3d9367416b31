// Sends what the outbox and the settlement rule hand over; one sender an entity, opened when first needed.
import type { ServiceBusClient, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import { cloudEventContentType } from '../kernel/cloud-event.ts';
import { AppError } from '../kernel/errors.ts';
import type { MessageSender, OutboxMessage } from '../kernel/outbox.ts';

export interface RawSender {
  /** @throws AppError messaging-unavailable */
  send(entity: string, messages: ServiceBusMessage | ServiceBusMessage[]): Promise<void>;
}

export function serviceBusSender(client: ServiceBusClient): RawSender {
  const senders = new Map<string, ServiceBusSender>();
  const senderOf = (entity: string): ServiceBusSender => {
    const sender = senders.get(entity) ?? client.createSender(entity);
    senders.set(entity, sender);
    return sender;
  };
  return {
    send: async (entity, messages) => {
      try {
        await senderOf(entity).sendMessages(messages);
      } catch (cause) {
        throw new AppError(
          'messaging-unavailable',
          `The broker did not take a message for ${entity}; try again shortly`,
          { cause },
        );
      }
    },
  };
}

export const outboxSender = (sender: RawSender): MessageSender => ({
  send: (destination, messages) => sender.send(destination, messages.map(toServiceBusMessage)),
});

const toServiceBusMessage = ({ messageId, label, correlationId, body }: OutboxMessage): ServiceBusMessage => ({
  body: Buffer.from(body),
  messageId,
  subject: label,
  correlationId,
  contentType: cloudEventContentType,
});
