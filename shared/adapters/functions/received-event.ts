// The events of a batch as the Event Hub trigger hands them over: bodies, and beside them arrays of what belongs to each. Pure.
import { bodyBytes } from './body-bytes.ts';

export interface ReceivedEvent {
  readonly body: Uint8Array;
  readonly consumerGroup: string;
  readonly partition: string;
  readonly offset: string;
  readonly sequenceNumber: string;
  /** When the hub took it in, in ms: the same at every delivery. */
  readonly enqueuedAt: number;
  /** The dead letter that it was resubmitted from. */
  readonly deadLetterId?: string;
}

type Metadata = Readonly<Record<string, unknown>>;

const record = (value: unknown): Metadata => (typeof value === 'object' && value !== null ? { ...value } : {});

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

const nth = (metadata: Metadata, name: string, index: number): unknown => {
  const list = metadata[`${name}Array`];
  return Array.isArray(list) ? list[index] : undefined;
};

/** `metadata` is the trigger's: names with a lower-case first letter, `…Array` where there is one of each event. */
export function readEvents(bodies: unknown, metadata: Metadata, now = Date.now()): ReceivedEvent[] {
  const context = record(metadata['partitionContext']);
  return (Array.isArray(bodies) ? bodies : [bodies]).map((body: unknown, index) => {
    const deadLetterId = text(record(nth(metadata, 'properties', index))['deadLetterId']);
    const enqueuedAt = Date.parse(text(nth(metadata, 'enqueuedTimeUtc', index)));
    return {
      body: bodyBytes(body),
      consumerGroup: text(context['consumerGroup']),
      partition: text(context['partitionId']),
      offset: text(nth(metadata, 'offset', index)),
      sequenceNumber: text(nth(metadata, 'sequenceNumber', index)),
      enqueuedAt: Number.isNaN(enqueuedAt) ? now : enqueuedAt,
      ...(deadLetterId === '' ? {} : { deadLetterId }),
    };
  });
}
