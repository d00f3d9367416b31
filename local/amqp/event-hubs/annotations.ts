// The message annotations of an event: what its sender wrote stays as the bytes it came as, the hub's own stand in front.
// By hand, because every event passes here. [AMQP 1.0 part 1 §1.6, part 3 §3.2.3]
import type { EventStamp } from '../../broker/logs/partition-log.ts';
import { itemEnd, malformed, type Section, sectionCodes } from '../sections.ts';

export const partitionKeyName = 'x-opt-partition-key';

const longHead = Buffer.from([0x81]);
const timestampHead = Buffer.from([0x83]);
const eightBytes = Buffer.alloc(8);
const hubNames = ['x-opt-sequence-number', 'x-opt-enqueued-time', 'x-opt-offset', partitionKeyName].map(symbol);
const [sequenceNumberName, enqueuedTimeName, offsetName, keyName] = hubNames as [Buffer, Buffer, Buffer, Buffer];

/** The section up to the value of the offset: descriptor, map with size and count, then names and values in turns. */
const template = Buffer.concat([
  Buffer.from([0x00, 0x53, sectionCodes.messageAnnotations, 0xd1, 0, 0, 0, 0, 0, 0, 0, 0]),
  sequenceNumberName,
  longHead,
  eightBytes,
  enqueuedTimeName,
  timestampHead,
  eightBytes,
  offsetName,
]);
const sizeAt = 4;
const countAt = 8;
const enqueuedAtAt = template.length - offsetName.length - 8;
const sequenceNumberAt = enqueuedAtAt - 1 - enqueuedTimeName.length - 8;

/** The section that takes the place of the sender's. @throws BrokerError invalid-argument */
export function stampedAnnotations(message: Buffer, sections: readonly Section[], stamp: EventStamp): Buffer {
  const given = sections.find(({ code }) => code === sectionCodes.messageAnnotations);
  const kept = given ? sendersItems(message, given) : [];
  const { partitionKey } = stamp;
  const parts = [template, text(stamp.offset), ...(partitionKey === undefined ? [] : [keyName, text(partitionKey)])];
  const section = Buffer.concat([...parts, ...kept]);
  section.writeUInt32BE(section.length - countAt, sizeAt);
  section.writeUInt32BE((partitionKey === undefined ? 6 : 8) + kept.length, countAt);
  section.writeBigInt64BE(BigInt(stamp.sequenceNumber), sequenceNumberAt);
  section.writeBigInt64BE(BigInt(stamp.enqueuedAtMs), enqueuedAtAt);
  return section;
}

/** Names and values in turns, without those whose names are the hub's to give. */
function sendersItems(message: Buffer, { valueAt, end }: Section): Buffer[] {
  const isSmall = message[valueAt] === 0xc1;
  const itemsAt = valueAt + (isSmall ? 3 : 9);
  if ((!isSmall && message[valueAt] !== 0xd1) || itemsAt > end) throw malformed();
  const count = isSmall ? message.readUInt8(valueAt + 2) : message.readUInt32BE(valueAt + 5);
  const items: Buffer[] = [];
  let at = itemsAt;
  for (let index = 0; index < count; index += 2) {
    const itemAt = itemEnd(message, at);
    const next = itemEnd(message, itemAt);
    if (next > end) throw malformed();
    const name = message.subarray(at, itemAt);
    if (!hubNames.some((hubName) => hubName.equals(name))) items.push(name, message.subarray(itemAt, next));
    at = next;
  }
  return items;
}

function symbol(name: string): Buffer {
  return Buffer.from([0xa3, name.length, ...Buffer.from(name, 'ascii')]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(bytes.length < 256 ? 2 : 5, 0xa1);
  if (bytes.length < 256) head.writeUInt8(bytes.length, 1);
  else head.writeUInt32BE(bytes.length, 1);
  if (head.length > 2) head.writeUInt8(0xb1);
  return Buffer.concat([head, bytes]);
}
