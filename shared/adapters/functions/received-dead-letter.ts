// A message of the queue of dead letters as an arrival, in either form: with the settlement rule's notes (lowerCamel), or the broker's
// own (DeadLetterReason, DeadLetterErrorDescription, and where it was forwarded from).
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { Arrival } from '../../dead-letters/arrival.ts';
import { sourceOf } from '../../dead-letters/source-entity.ts';
import { hasSessions, queues } from '../../kernel/topology.ts';
import { readMessage, type ReceivedMessage } from './received-message.ts';

/** `forwardedFrom` is the entity whose dead-letter queue the broker forwarded it from. */
export function toArrival(message: ReceivedMessage, forwardedFrom: unknown): Arrival {
  const { messageId, originalId, properties, body } = message;
  const { sourceEntity, reason, description } = noteOf(properties, forwardedFrom);
  const { subject, correlationId, sessionId, contentType, replyTo, replyToSessionId } = message;
  const optional = { subject, correlationId, sessionId, contentType, replyTo, replyToSessionId };
  return {
    sourceEntity,
    reason,
    description,
    messageId,
    originalId,
    properties,
    body,
    hasSession: hasSessions(sourceEntity),
    optional: Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

type Note = Pick<Arrival, 'sourceEntity' | 'reason' | 'description'>;

function noteOf(properties: ReceivedMessage['properties'], forwardedFrom: unknown): Note {
  const text = (name: string): string | undefined => {
    const value = properties[name] ?? properties[name.charAt(0).toUpperCase() + name.slice(1)];
    return value === undefined || value === '' ? undefined : String(value);
  };
  const own = text('sourceEntity');
  // What stands in the dead-letter queue of `dead-letters` has a second note of the broker's, about its time there.
  const from = typeof forwardedFrom === 'string' && forwardedFrom !== queues.deadLetters ? forwardedFrom : undefined;
  if (from === undefined && own !== undefined) {
    return { sourceEntity: own, reason: text('reason') ?? 'unknown', description: text('description') ?? '' };
  }
  return {
    sourceEntity: queueBehind(from ?? queues.deadLetters),
    reason: text('deadLetterReason') ?? 'unknown',
    description: text('deadLetterErrorDescription') ?? '',
  };
}

/** A subscription holds only what it forwards to a queue of its own: that is where it failed. */
function queueBehind(entity: string): string {
  const source = sourceOf(entity);
  return source?.kind === 'queue' ? source.queue : entity;
}

/** The same of a message that a receiver got, not a trigger. */
export function receivedByReceiver(message: ServiceBusReceivedMessage): Arrival {
  const { body, deadLetterSource, sequenceNumber, ...metadata } = message;
  return toArrival(readMessage(body, { ...metadata, sequenceNumber: String(sequenceNumber) }), deadLetterSource);
}
