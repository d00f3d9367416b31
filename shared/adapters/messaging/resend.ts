// Sends a dead letter again to the one place it failed in: a queue, the function of an Event Grid topic, a hub, an orchestration.
import type { EventHubProducerClient } from '@azure/event-hubs';
import type { ServiceBusMessage } from '@azure/service-bus';
import { z } from 'zod';
import { resubmissionProperties } from '../../dead-letters/dead-letter.ts';
import type { Resubmission } from '../../dead-letters/resubmit.ts';
import { toCloudEvent } from '../../kernel/cloud-event.ts';
import { AppError } from '../../kernel/errors.ts';
import { parseWith } from '../../kernel/schema.ts';
import type { EventPublisher } from './event-grid-publisher.ts';
import type { Resubmitted } from '../functions/event-grid-handler.ts';
import type { Guard } from '../resilience/guard.ts';
import type { RawSender } from './service-bus-sender.ts';

export interface ResendPorts {
  readonly sender: RawSender;
  readonly events: EventPublisher;
  readonly hub: (name: string) => EventHubProducerClient | Promise<EventHubProducerClient>;
  /** Of the hubs. */
  readonly guard: Guard;
  /** Puts a failed instance back to before its failure; nothing where it has not failed. */
  readonly rewind: (instanceId: string, reason: string) => Promise<void>;
}

/** @throws AppError messaging-unavailable, events-unavailable, message-too-large, invalid-message, no-way-back */
export const resend =
  ({ sender, events, hub, guard, rewind }: ResendPorts) =>
  async (resubmission: Resubmission): Promise<void> => {
    const { source, letter, messageId, body } = resubmission;
    switch (source.kind) {
      case 'queue':
        return await sender.send(source.queue, toQueueMessage(resubmission));
      case 'event-grid': {
        const attributes: Required<Resubmitted> = { resubmittedto: source.functionName, resubmission: messageId };
        return await events.publish(toEvent(body), { ...attributes });
      }
      case 'hub':
        return await guard.run(async (abortSignal) => sendToHub(await hub(source.hub), resubmission, abortSignal));
      case 'orchestration':
        return await rewind(letter.originalId, `resubmission ${messageId}`);
    }
  };

export function toQueueMessage({ letter, messageId, body }: Resubmission): ServiceBusMessage {
  const { subject, correlationId, sessionId, contentType, replyTo, replyToSessionId } = letter;
  const kept = { subject, correlationId, sessionId, contentType, replyTo, replyToSessionId };
  const set = Object.entries(kept).filter(([, value]) => value !== undefined);
  const applicationProperties = { ...resubmissionProperties(letter) };
  return { ...Object.fromEntries(set), body: Buffer.from(body), messageId, applicationProperties };
}

/** An event in either schema of Event Grid; ours takes CloudEvents. */
const gridEventSchema = z.looseObject({
  id: z.string().min(1),
  type: z.string().optional(),
  eventType: z.string().optional(),
  source: z.string().optional(),
  topic: z.string().optional(),
  subject: z.string().default('unknown'),
  time: z.string().optional(),
  eventTime: z.string().optional(),
  data: z.looseObject({}),
});

function toEvent(body: Uint8Array): ReturnType<typeof toCloudEvent<object>> & { readonly source: string } {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString());
  } catch (cause) {
    throw new AppError('invalid-message', 'The event is not JSON', { cause });
  }
  const { id, subject, data, ...event } = parseWith(gridEventSchema, json, 'invalid-message', 'The event');
  const type = event.type ?? event.eventType;
  const time = event.time ?? event.eventTime;
  if (type === undefined || time === undefined) throw new AppError('invalid-message', 'The event has no type or time');
  const cloudEvent = toCloudEvent<object>({ id, type, subject, time, data });
  return { ...cloudEvent, source: event.source ?? event.topic ?? cloudEvent.source };
}

/** Where the others of its device or order are; whatever names neither goes anywhere. */
function keyOf(body: Uint8Array): string | undefined {
  try {
    const { deviceId, subject } = JSON.parse(Buffer.from(body).toString()) as Readonly<Record<string, unknown>>;
    return [deviceId, subject].find((key) => typeof key === 'string');
  } catch {
    return undefined;
  }
}

async function sendToHub(
  producer: EventHubProducerClient,
  { letter, messageId, body }: Resubmission,
  abortSignal: AbortSignal,
): Promise<void> {
  const partitionKey = keyOf(body);
  const { correlationId, contentType } = letter;
  const event = {
    body: Buffer.from(body),
    messageId,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(contentType === undefined ? {} : { contentType }),
    properties: { ...resubmissionProperties(letter) },
  };
  try {
    await producer.sendBatch([event], { abortSignal, ...(partitionKey === undefined ? {} : { partitionKey }) });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'MessageTooLargeError') {
      throw new AppError('message-too-large', 'The event is larger than the hub takes', { cause });
    }
    throw new AppError('messaging-unavailable', 'The hub did not take the event; try again shortly', { cause });
  }
}
