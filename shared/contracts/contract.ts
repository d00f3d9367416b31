// What a contract of a message is: one definition, as data, from which senders, readers and documents are made.
import type { z } from 'zod';
import { type DataOf, eventName, type MessageType, toCloudEvent } from '../kernel/cloud-event.ts';
import type { OutboxMessage } from '../kernel/outbox.ts';

/** A command asks one receiver to act, an event tells what happened, a query asks for an answer, a reply is one. */
export type MessageKind = 'command' | 'event' | 'query' | 'reply';

/** A name of infra/topology.json. */
export type Destination =
  | { readonly queue: string }
  | { readonly topic: string }
  | { readonly hub: string }
  | { readonly eventGridTopic: string }
  | { readonly storageQueue: string };

export interface Contract<S extends z.ZodType = z.ZodType> extends MessageType<S> {
  readonly kind: MessageKind;
  /** One sentence: what it says or asks. */
  readonly doc: string;
  readonly sentBy: string;
  readonly sentTo: Destination;
  /** Where the same message goes besides. */
  readonly alsoTo?: Destination;
  /** What the CloudEvent's subject names, or the key of an event on a hub. */
  readonly about: string;
  /** True for a body that is the data itself, without an envelope. */
  readonly bare?: true;
  /** Of a query: what answers it. */
  readonly reply?: Contract;
  readonly example: z.infer<S>;
}

/** What goes over Service Bus. */
export type ServiceBusContract = Contract & {
  readonly sentTo: { readonly queue: string } | { readonly topic: string };
};

/** A message of the contract, ready to be sent. The id is the same whenever the same is told again. */
export function toMessage<C extends ServiceBusContract>(
  { type, sentTo }: C,
  message: { readonly id: string; readonly subject: string; readonly time: string; readonly data: DataOf<C> },
): OutboxMessage {
  return {
    destination: 'queue' in sentTo ? sentTo.queue : sentTo.topic,
    messageId: message.id,
    label: eventName(type),
    correlationId: message.subject,
    body: JSON.stringify(toCloudEvent({ type, ...message })),
  };
}
