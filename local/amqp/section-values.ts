// Values of the sections of an encoded message, typed as they came.
import rhea from 'rhea';
import { BrokerError } from '../broker/errors.ts';
import { amqpReader, type Typed } from './rhea-internals.ts';
import { type Section, sectionCodes } from './sections.ts';

const { types } = rhea;

/** Bytes of constructor and length in front of binary data. [AMQP 1.0 part 1 §1.6.19] */
const binaryHeadBytes: Readonly<Record<number, number>> = { 0xa0: 2, 0xb0: 5 };

/** What the data sections hold: in a batch each is a whole message. */
export function dataOf(encoded: Buffer, sections: readonly Section[]): Buffer[] {
  return sections
    .filter(({ code }) => code === sectionCodes.data)
    .map(({ valueAt, end }) => {
      const headBytes = binaryHeadBytes[encoded[valueAt] ?? 0];
      if (headBytes === undefined) throw malformed();
      return encoded.subarray(valueAt + headBytes, end);
    });
}

/** The elements of a list or map section; none when it is not there. */
export function listAt(encoded: Buffer, sections: readonly Section[], code: number): Typed[] {
  const section = sections.find((candidate) => candidate.code === code);
  if (!section) return [];
  const value: unknown = readValue(encoded.subarray(section.start, section.end));
  if (!Array.isArray(value)) throw malformed();
  return value;
}

function readValue(section: Buffer): unknown {
  try {
    return amqpReader(section).read().value;
  } catch {
    throw malformed();
  }
}

function malformed(): BrokerError {
  return new BrokerError('invalid-argument', 'A section of the AMQP message cannot be read.');
}

export function mapAt(encoded: Buffer, sections: readonly Section[], code: number): Map<string, Typed> {
  const items = listAt(encoded, sections, code);
  const map = new Map<string, Typed>();
  for (let index = 0; index + 1 < items.length; index += 2)
    map.set(String(items[index]?.value), items[index + 1] as Typed);
  return map;
}

export function described(code: number, value: Typed): Typed {
  return types.described(types.wrap_ulong(code), value) as Typed;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
