// Events on the wire: a batch taken apart, an event as its receivers get it, and what the service says beside it.
import rhea from 'rhea';
import type { LogEnds } from '../../broker/logs/log-records.ts';
import { type EncodeEvent, isEmpty } from '../../broker/logs/partition-log.ts';
import { partitionKeyName, stampedAnnotations } from './annotations.ts';
import { amqpWriter, typedMap } from '../rhea-internals.ts';
import { asBuffer, dataOf, described, mapAt } from '../section-values.ts';
import { findSections, sectionCodes } from '../sections.ts';

const { types } = rhea;

export interface Sent {
  readonly events: readonly Buffer[];
  readonly partitionKey: string | undefined;
}

/** @throws BrokerError invalid-argument when the bytes are no message */
export function decodeSent(encoded: Buffer, isBatch: boolean): Sent {
  const sections = findSections(encoded);
  const key: unknown = mapAt(encoded, sections, sectionCodes.messageAnnotations).get(partitionKeyName)?.value;
  const events = isBatch ? dataOf(encoded, sections) : [encoded];
  return { events, partitionKey: typeof key === 'string' ? key : undefined };
}

/** Once, when it comes in: every receiver then gets the same bytes. @throws BrokerError invalid-argument when they are no message */
export const encodeEvent: EncodeEvent = (raw, stamp) => {
  const encoded = asBuffer(raw);
  const sections = findSections(encoded);
  const annotations = stampedAnnotations(encoded, sections, stamp);
  const [first] = sections;
  const headerEnd = first?.code === sectionCodes.header ? first.end : 0;
  const bodyAt = sections.find(({ code }) => code >= sectionCodes.properties)?.start ?? encoded.length;
  return Buffer.concat([encoded.subarray(0, headerEnd), annotations, encoded.subarray(bodyAt)]);
};

/** With the delivery annotations that tell how far the partition is. [AMQP 1.0 §3.2.2] */
export function withLogEnd(event: Buffer, ends: LogEnds, nowMs: number): Buffer {
  const last = lastEventOf(ends);
  const writer = amqpWriter();
  const annotations = Object.entries({
    last_enqueued_sequence_number: last.sequenceNumber,
    last_enqueued_offset: last.offset,
    last_enqueued_time_utc: last.enqueuedAt,
    runtime_info_retrieval_time_utc: types.wrap_timestamp(nowMs),
  });
  const map = typedMap(annotations.flatMap(([name, value]) => [types.wrap_symbol(name), value]));
  writer.write(described(sectionCodes.deliveryAnnotations, map));
  const [first] = findSections(event);
  const at = first?.code === sectionCodes.header ? first.end : 0;
  return Buffer.concat([event.subarray(0, at), writer.toBuffer(), event.subarray(at)]);
}

/** The answer to what a partition holds. */
export function describePartition(ends: LogEnds): Record<string, unknown> {
  const last = lastEventOf(ends);
  return {
    begin_sequence_number: types.wrap_long(ends.firstSequenceNumber),
    last_enqueued_sequence_number: last.sequenceNumber,
    last_enqueued_offset: last.offset,
    last_enqueued_time_utc: last.enqueuedAt,
    is_partition_empty: types.wrap_boolean(isEmpty(ends)),
  };
}

/** Of a partition that never had an event, number and offset are -1 and the time that of the epoch. */
function lastEventOf({ nextSequenceNumber, lastOffset, lastEnqueuedAtMs }: LogEnds) {
  return {
    sequenceNumber: types.wrap_long(nextSequenceNumber - 1),
    offset: types.wrap_string(String(lastOffset)),
    enqueuedAt: types.wrap_timestamp(lastEnqueuedAtMs ?? 0),
  };
}
