// What stays behind outside the queues, as arrivals: a quarantined event of a hub, a blob of Event Grid, a failed orchestration. Pure.
import { topology } from '../kernel/topology.ts';
import { type Arrival, messageIdOf } from './arrival.ts';
import type { DeadLetter } from './dead-letter.ts';

/** Of a blob; small letters, as the storage has them. */
type Metadata = Readonly<Record<string, string>>;

const jsonType = 'application/json';

interface Origin {
  readonly sourceEntity: string;
  readonly originalId: string;
  /** The same for the same failure. */
  readonly occurrence: string;
}

/** Where a quarantined event stood, and which event it is: one may come to quarantine again once it was resubmitted. */
export function originOfEvent({ hub = '', consumergroup, partition, offset }: Metadata, body: Uint8Array): Origin {
  const occurrence = `${hub}/${consumergroup}/${partition}/${offset}`;
  return { sourceEntity: `hub/${hub}`, originalId: eventIdOf(body) ?? occurrence, occurrence };
}

/** The notes are named so that a resubmission goes without them. */
export function quarantined(letter: DeadLetter | undefined, metadata: Metadata, body: Uint8Array): Arrival {
  const { sourceEntity, originalId, occurrence } = originOfEvent(metadata, body);
  const { reason = 'unknown', description = '', enqueuedat = '', sequencenumber = '', deadletterid } = metadata;
  return {
    sourceEntity,
    reason,
    description,
    originalId: letter?.originalId ?? originalId,
    messageId: messageIdOf(letter, originalId, occurrence),
    properties: {
      deadLetterOccurrence: occurrence,
      deadLetterEnqueuedAt: enqueuedat,
      deadLetterSequenceNumber: sequencenumber,
      ...(deadletterid === undefined ? {} : { deadLetterId: deadletterid }),
    },
    optional: { contentType: jsonType },
    hasSession: false,
    body,
  };
}

function eventIdOf(body: Uint8Array): string | undefined {
  const event = recordOf(body);
  const id = event?.['specversion'] === '1.0' ? event['id'] : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function recordOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const event: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof event === 'object' && event !== null ? { ...event } : undefined;
  } catch {
    return undefined;
  }
}

const functionBySubscription: ReadonlyMap<string, string> = new Map(
  [...topology.eventGrid.systemTopics, ...topology.eventGrid.topics].flatMap(({ subscriptions }) =>
    subscriptions.map((subscription) => [subscription.name, subscription.function] as const),
  ),
);

const deadLetterAttributes =
  /^(?:deadLetterReason|deliveryAttempts|lastDeliveryOutcome|publishTime|lastDeliveryAttemptTime|deadLetterProperties)$/i;

/**
 * An event that Event Grid gave up, as it stands in the list of its blob; the blob's name has that of the subscription, in capitals.
 * https://learn.microsoft.com/azure/event-grid/manage-event-delivery
 */
export function givenUp(blobName: string, event: Readonly<Record<string, unknown>>): Arrival {
  const segments = blobName.toLowerCase().split('/');
  const subscription = segments.find((segment) => functionBySubscription.has(segment)) ?? '';
  const text = (name: string): string => {
    const value = event[name] ?? event[name.toLowerCase()];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const attempts = text('deliveryAttempts') || 'no';
  const id = text('id') || blobName;
  const own = Object.entries(event).filter(([name]) => !deadLetterAttributes.test(name));
  return {
    sourceEntity: `event-grid/${functionBySubscription.get(subscription) ?? (segments[0] || 'unknown')}`,
    reason: text('deadLetterReason') || 'unknown',
    description: `given up after ${attempts} attempts; the last one ended as ${text('lastDeliveryOutcome') || 'none'}`,
    originalId: id,
    messageId: text('resubmission') || id,
    properties: { deadLetterPublishTime: text('publishTime') },
    optional: { contentType: jsonType },
    hasSession: false,
    body: Buffer.from(JSON.stringify(Object.fromEntries(own))),
  };
}

export interface FailedInstance {
  readonly name: string;
  readonly instanceId: string;
  readonly failedAt: string;
  readonly input: unknown;
  readonly output: unknown;
}

export const orchestrationEntity = (name: string): string => `orchestration/${name}`;

const descriptionLimit = 1_024;

export function failedOrchestration(letter: DeadLetter | undefined, failed: FailedInstance): Arrival {
  const { name, instanceId, failedAt, input, output } = failed;
  return {
    sourceEntity: orchestrationEntity(name),
    reason: 'orchestration-failed',
    description: (typeof output === 'string' ? output : JSON.stringify(output ?? null)).slice(0, descriptionLimit),
    originalId: instanceId,
    messageId: messageIdOf(letter, instanceId, failedAt),
    properties: { deadLetterOccurrence: failedAt },
    optional: { contentType: jsonType },
    hasSession: false,
    body: Buffer.from(JSON.stringify(input ?? null)),
  };
}
