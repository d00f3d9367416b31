// Guards rhea's decoder, which believes what it reads: five bytes that announce an array of four billion nulls would take
// all memory, a few thousand that nest would take the stack. Importing it binds every decoder of the process.
import rhea from 'rhea';
import { Violation } from './violation.ts';

interface ValueType {
  readonly width: number;
  create(value: unknown, elementCode?: number, descriptor?: unknown): unknown;
}

interface Reader {
  readonly buffer: Buffer;
  position: number;
  depth?: number;
  read(): unknown;
  read_constructor(descriptors?: readonly unknown[]): unknown;
  read_bytes(count: number): Buffer;
  read_fixed_width(type: ValueType): unknown;
  read_size_count(width: number): { readonly size: number; readonly count: number };
  read_n(count: number): unknown[];
  read_compound(type: ValueType): unknown;
  read_array_items(count: number, type: ValueType): unknown[];
}

/** Beyond any message that means something; properties and annotations hardly nest at all. */
const maxDepth = 64;

const { prototype } = (rhea.types as unknown as { Reader: { prototype: Reader } }).Reader;
const rheas = { ...prototype };

function need(reader: Reader, bytes: number): void {
  if (bytes > reader.buffer.length - reader.position) throw malformed('a value is longer than what holds it');
}

function malformed(what: string): Violation {
  return new Violation('amqp:decode-error', `The bytes are no AMQP value: ${what}.`);
}

Object.assign(prototype, {
  read(this: Reader) {
    const depth = (this.depth ?? 0) + 1;
    if (depth > maxDepth) throw malformed('it nests too deeply');
    this.depth = depth;
    const value = rheas.read.call(this);
    this.depth = depth - 1;
    return value;
  },
  read_constructor(this: Reader, descriptors?: readonly unknown[]) {
    if (descriptors && descriptors.length > maxDepth) throw malformed('it is described too often');
    return rheas.read_constructor.call(this, descriptors);
  },
  read_bytes(this: Reader, count: number) {
    need(this, count);
    return rheas.read_bytes.call(this, count);
  },
  read_fixed_width(this: Reader, type: ValueType) {
    need(this, type.width);
    return rheas.read_fixed_width.call(this, type);
  },
  /** A list or a map: the bytes it says it has are those its items take. [AMQP 1.0 §1.6.22] */
  read_compound(this: Reader, type: ValueType) {
    const sizeAt = this.position;
    const { size, count } = this.read_size_count(type.width);
    const end = sizeAt + type.width + size;
    need(this, Math.max(count, end - this.position));
    const items = this.read_n(count);
    if (this.position !== end) throw malformed('a list or map does not have the size it says');
    return type.create(items);
  },
  /** Items without width take no bytes: there may be as many as the whole has bytes. */
  read_array_items(this: Reader, count: number, type: ValueType) {
    if (type.width > 0) need(this, count * type.width);
    else if (count > this.buffer.length) throw malformed('an array is longer than what holds it');
    return rheas.read_array_items.call(this, count, type);
  },
});
