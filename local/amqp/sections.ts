// Finds the sections of an encoded AMQP message without decoding them. [AMQP 1.0 part 1 §1.6, part 3 §3.2]
import { BrokerError } from '../broker/errors.ts';

export const sectionCodes = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
} as const;

export interface Section {
  readonly code: number;
  readonly start: number;
  /** Where its value begins, behind the descriptor. */
  readonly valueAt: number;
  /** The first byte behind it. */
  readonly end: number;
}

/** @throws BrokerError invalid-argument when the bytes are no sequence of sections */
export function findSections(message: Buffer): Section[] {
  const sections: Section[] = [];
  let start = 0;
  while (start < message.length) {
    const { code, valueAt } = readDescriptor(message, start);
    const end = valueEnd(message, valueAt);
    if (end > message.length) throw malformed();
    sections.push({ code, start, valueAt, end });
    start = end;
  }
  return sections;
}

/** A described value whose descriptor is a small or full ulong below 2^32; symbolic ones are not used for sections. */
function readDescriptor(message: Buffer, start: number): { code: number; valueAt: number } {
  if (message[start] !== 0x00) throw malformed();
  if (message[start + 1] === 0x53) return { code: message[start + 2] ?? 0, valueAt: start + 3 };
  if (message[start + 1] !== 0x80 || start + 10 > message.length) throw malformed();
  return { code: message.readUInt32BE(start + 6), valueAt: start + 10 };
}

/** The encoded elements of a list or map section; none when it is not there. @throws BrokerError invalid-argument */
export function itemsAt(message: Buffer, sections: readonly Section[], code: number): Buffer[] {
  const section = sections.find((candidate) => candidate.code === code);
  if (!section) return [];
  const { valueAt, end } = section;
  const isSmall = message[valueAt] === 0xc0 || message[valueAt] === 0xc1;
  const items: Buffer[] = [];
  let at = valueAt + (isSmall ? 3 : 9);
  while (at < end) {
    const next = itemEnd(message, at);
    if (next > end) throw malformed();
    items.push(message.subarray(at, next));
    at = next;
  }
  return items;
}

/** The first byte behind a value, which may be described. @throws BrokerError invalid-argument when there is none */
export function itemEnd(message: Buffer, at: number): number {
  return message[at] === 0x00 ? valueEnd(message, valueEnd(message, at + 1)) : valueEnd(message, at);
}

/** The high half of a constructor says how long the value is: fixed, or with a length of one or four bytes. */
function valueEnd(message: Buffer, at: number): number {
  const constructor = message[at];
  if (constructor === undefined) throw malformed();
  const category = constructor >>> 4;
  const afterConstructor = at + 1;
  if (category === 0x4) return afterConstructor;
  if (category >= 0x5 && category <= 0x9) return afterConstructor + 2 ** (category - 0x5);
  const lengthBytes = category % 2 === 0 ? 1 : 4;
  if (category < 0xa || afterConstructor + lengthBytes > message.length) throw malformed();
  const length = lengthBytes === 1 ? message.readUInt8(afterConstructor) : message.readUInt32BE(afterConstructor);
  return afterConstructor + lengthBytes + length;
}

export function malformed(): BrokerError {
  return new BrokerError('invalid-argument', 'The bytes are not an AMQP message.');
}
