// Events on the wire: a batch taken apart, an event as its receivers get it, and what the service says beside it.
import rhea from 'rhea';
import type { LogEnds } from '../../broker/logs/log-records.ts';
import { type EncodeEvent, isEmpty, offsetOf } from '../../broker/logs/partition-log.ts';
import { amqpWriter, typedMap } from '../rhea-internals.ts';
import { asBuffer, dataOf, described, mapAt, symbolMap } from '../section-values.ts';
import { findSections, sectionCodes } from '../sections.ts';

const { types } = rhea;
const partitionKeyName = 'x-opt-partition-key';

export interface Sent {
  readonly events: readonly Buffer[];
  readonly partitionKey: string | undefined;
}

/** @throws BrokerError invalid-argument when the bytes are no message */
export function decodeSent(encoded: Buffer, isBatch: boolean): Sent {
  const sections = findSections(encoded);
  const key: unknown = mapAt(encoded, sections, sectionCodes.messageAnnotations).get(partitionKeyName)?.value;
  const events = isBatch ? dataOf(encoded, sections) : [encoded];
  // So that what is accepted can also be delivered.
  for (const event of events) findSections(event);
  return { events, partitionKey: typeof key === 'string' ? key : undefined };
}

/** Once, when it comes in: every receiver then gets the same bytes. */
export const encodeEvent: EncodeEvent = (raw, stamp) => {
  const encoded = asBuffer(raw);
  const sections = findSections(encoded);
  const annotations = mapAt(encoded, sections, sectionCodes.messageAnnotations);
  annotations.set('x-opt-sequence-number', types.wrap_long(stamp.sequenceNumber));
  annotations.set('x-opt-offset', types.wrap_string(stamp.offset));
  annotations.set('x-opt-enqueued-time', types.wrap_timestamp(stamp.enqueuedAtMs));
  if (stamp.partitionKey !== undefined) annotations.set(partitionKeyName, types.wrap_string(stamp.partitionKey));
  const writer = amqpWriter();
  writer.write(described(sectionCodes.messageAnnotations, symbolMap(annotations)));
  const bytesOf = (isWanted: (code: number) => boolean) =>
    sections.filter(({ code }) => isWanted(code)).map(({ start, end }) => encoded.subarray(start, end));
  return Buffer.concat([
    ...bytesOf((code) => code === sectionCodes.header),
    writer.toBuffer(),
    ...bytesOf((code) => code >= sectionCodes.properties),
  ]);
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
function lastEventOf({ nextSequenceNumber, lastEnqueuedAtMs }: LogEnds) {
  const sequenceNumber = nextSequenceNumber - 1;
  return {
    sequenceNumber: types.wrap_long(sequenceNumber),
    offset: types.wrap_string(offsetOf(sequenceNumber)),
    enqueuedAt: types.wrap_timestamp(lastEnqueuedAtMs ?? 0),
  };
}
