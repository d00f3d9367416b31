// A message as a receiver gets it: header and annotations of the broker in front, by hand because every message passes here,
// and the rest as the bytes it came as. [AMQP 1.0 part 1 §1.6, part 3 §3.2]
import rhea from 'rhea';
import type { Properties } from '../broker/entities/definitions.ts';
import type { Lock, Message } from '../broker/entities/message.ts';
import { typedProperty } from './message-codec.ts';
import { amqpWriter, type Typed, typedMap } from './rhea-internals.ts';
import { asBuffer, described, mapAt } from './section-values.ts';
import { findSections, itemsAt, type Section, sectionCodes } from './sections.ts';

const { types } = rhea;

const list32 = 0xd0;
const map32 = 0xd1;
const sectionHeadBytes = 12;
const nullItem = Buffer.from([0x40]);
/** durable, priority, ttl and first-acquirer stand in front of the delivery count. [AMQP 1.0 §3.2.1] */
const keptHeaderItems = 4;

const eightBytes = (name: string, constructor: number): Buffer =>
  Buffer.concat([symbol(name), Buffer.from([constructor]), Buffer.alloc(8)]);
const sequenceNumber = eightBytes('x-opt-sequence-number', 0x81);
const enqueuedSequenceNumber = eightBytes('x-opt-enqueue-sequence-number', 0x81);
const enqueuedTime = eightBytes('x-opt-enqueued-time', 0x83);
const lockedUntil = eightBytes('x-opt-locked-until', 0x83);
const stateName = 'x-opt-message-state';
const deadLetterSourceName = 'x-opt-deadletter-source';
const brokerNames = [
  ...[sequenceNumber, enqueuedSequenceNumber, enqueuedTime, lockedUntil].map((stamp) => stamp.subarray(0, -9)),
  ...[stateName, deadLetterSourceName].map(symbol),
];

type LockTerms = Pick<Lock, 'lockedUntilMs' | 'returnsTo'>;

/** Without a lock the message is only looked at, or gone. */
export function encodeDelivery(message: Message, lock?: LockTerms): Buffer {
  const encoded = asBuffer(message.content.raw);
  const sections = findSections(encoded);
  const header = itemsAt(encoded, sections, sectionCodes.header).slice(0, keptHeaderItems);
  while (header.length < keptHeaderItems) header.push(nullItem);
  header.push(unsigned(message.deliveryCount));
  const annotations = [...brokerAnnotations(message, lock), ...sendersAnnotations(encoded, sections)];
  return Buffer.concat([
    sectionHead(sectionCodes.header, list32, header, header.length),
    ...header,
    sectionHead(sectionCodes.messageAnnotations, map32, annotations, 2 * annotations.length),
    ...annotations,
    ...passedOn(encoded, sections, message.changedProperties),
  ]);
}

/** Descriptor, constructor, size and count. */
function sectionHead(code: number, constructor: number, items: readonly Buffer[], count: number): Buffer {
  const head = Buffer.allocUnsafe(sectionHeadBytes);
  head.writeUInt32BE(0x00_53_00_00 + code * 0x100 + constructor, 0);
  head.writeUInt32BE(
    items.reduce((sum, { length }) => sum + length, 4),
    4,
  );
  head.writeUInt32BE(count, 8);
  return head;
}

/** Each a name with its value. */
function brokerAnnotations(message: Message, lock: LockTerms | undefined): Buffer[] {
  const annotations = [
    filledIn(sequenceNumber, message.sequenceNumber),
    filledIn(enqueuedSequenceNumber, message.enqueuedSequenceNumber),
    filledIn(enqueuedTime, message.enqueuedAtMs),
  ];
  if (lock) annotations.push(filledIn(lockedUntil, lock.lockedUntilMs));
  if (message.state === 'deferred' || lock?.returnsTo === 'deferred')
    annotations.push(annotation(stateName, types.wrap_int(1)));
  if (message.state === 'scheduled') annotations.push(annotation(stateName, types.wrap_int(2)));
  if (message.deadLetterSource !== undefined)
    annotations.push(annotation(deadLetterSourceName, types.wrap_string(message.deadLetterSource)));
  return annotations;
}

/** All but those whose names are the broker's to give. */
function sendersAnnotations(encoded: Buffer, sections: readonly Section[]): Buffer[] {
  const items = itemsAt(encoded, sections, sectionCodes.messageAnnotations);
  const kept: Buffer[] = [];
  for (let index = 0; index + 1 < items.length; index += 2) {
    const [name, value] = [items[index] as Buffer, items[index + 1] as Buffer];
    if (!brokerNames.some((brokerName) => brokerName.equals(name))) kept.push(Buffer.concat([name, value]));
  }
  return kept;
}

/** From the properties on; application properties are rewritten only when settlement changed some. */
function passedOn(encoded: Buffer, sections: readonly Section[], changed: Properties): Buffer[] {
  const kept = sections.filter(({ code }) => code >= sectionCodes.properties);
  if (Object.keys(changed).length === 0) return [encoded.subarray(kept[0]?.start ?? encoded.length)];
  const merged = mapAt(encoded, sections, sectionCodes.applicationProperties);
  for (const [name, value] of Object.entries(changed)) merged.set(name, typedProperty(value));
  const items = Array.from(merged).flatMap(([name, value]) => [types.wrap_string(name), value]);
  const rewritten = encodedBytes(described(sectionCodes.applicationProperties, typedMap(items)));
  const bytesOf = ({ start, end }: Section) => encoded.subarray(start, end);
  const before = kept.filter(({ code }) => code < sectionCodes.applicationProperties);
  const after = kept.filter(({ code }) => code > sectionCodes.applicationProperties);
  return [...before.map(bytesOf), rewritten, ...after.map(bytesOf)];
}

const unsignedZero = Buffer.from([0x43]);

/** A uint in its shortest form; counts are small. */
function unsigned(count: number): Buffer {
  if (count === 0) return unsignedZero;
  return count < 256 ? Buffer.from([0x52, count]) : encodedBytes(types.wrap_uint(count));
}

function filledIn(template: Buffer, value: number): Buffer {
  const bytes = Buffer.from(template);
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), bytes.length - 8);
  bytes.writeUInt32BE(value >>> 0, bytes.length - 4);
  return bytes;
}

function annotation(name: string, value: Typed): Buffer {
  return Buffer.concat([symbol(name), encodedBytes(value)]);
}

function symbol(name: string): Buffer {
  return Buffer.from([0xa3, name.length, ...Buffer.from(name, 'ascii')]);
}

function encodedBytes(value: Typed): Buffer {
  const writer = amqpWriter();
  writer.write(value);
  return writer.toBuffer();
}
