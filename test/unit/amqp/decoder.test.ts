// Bytes from anywhere: the decoder and the framing give a value or their own error, and come to an end.
import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { findFrames } from '../../../local/amqp/framing.ts';
import { amqpReader, amqpWriter } from '../../../local/amqp/rhea-internals.ts';
import { Violation } from '../../../local/amqp/violation.ts';

const { types } = rhea as unknown as { types: typeof rhea.types & { unwrap(value: unknown): unknown } };

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 }),
    fc.double({ noNaN: true }).filter((number) => !Number.isInteger(number)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
})).value;

function outcomeOf(bytes: Buffer): string {
  try {
    const reader = amqpReader(bytes);
    while (reader.remaining() > 0) reader.read();
    return 'read';
  } catch (error) {
    if (error instanceof Violation) return error.condition;
    return error instanceof RangeError
      ? 'out of bytes'
      : (error as Error).name === 'TypeError' && !(error instanceof TypeError)
        ? 'unknown type'
        : String(error);
  }
}

describe('the AMQP decoder', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(value, (written) => {
        const writer = amqpWriter();
        writer.write(types.wrap(written));
        expect(types.unwrap(amqpReader(writer.toBuffer()).read())).toEqual(written);
      }),
    );
  });

  it('reads any bytes, or says that it cannot', () => {
    const outcomes = ['read', 'amqp:decode-error', 'out of bytes', 'unknown type'];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcomes).toContain(outcomeOf(Buffer.from(bytes)));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['an array of four billion nulls', 'f000000005ffffffff40'],
    ['an array of four billion lists', 'f000000005ffffffff45'],
    ['a list of four billion items', 'd000000005ffffffff40'],
    ['a string longer than the bytes', 'b17fffffff61'],
    ['a uuid that is cut short', '980011'],
    ['a map that has more bytes than it says', 'c10402404141'],
    ['a hundred thousand descriptors', '00'.repeat(100_000)],
    ['a value that is described without end', `${'0040'.repeat(5000)}40`],
  ])('refuses %s at once', (_, hex) => {
    expect(outcomeOf(Buffer.from(hex, 'hex'))).toBe('amqp:decode-error');
  });
});

describe('the framing', () => {
  const frame = (body: Uint8Array) => {
    const bytes = Buffer.concat([Buffer.from('0000000002000000', 'hex'), body]);
    bytes.writeUInt32BE(bytes.length);
    return bytes;
  };

  it('finds whole frames wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1 }), fc.nat(), (bodies, cut) => {
        const frames = bodies.map(frame);
        const all = Buffer.concat(frames);
        const given = all.subarray(0, cut % (all.length + 1));
        const { endsAt, neededBytes } = findFrames(given, 1024);
        const ends = frames.map((_, index) => Buffer.concat(frames.slice(0, index + 1)).length);
        expect(endsAt).toBe(ends.filter((end) => end <= given.length).at(-1) ?? 0);
        expect(neededBytes).toBeGreaterThan(given.length - endsAt);
      }),
    );
  });

  it('waits for a frame as large as was agreed and refuses a larger one by its head', () => {
    const head = (sizeBytes: number) => Buffer.from(`${sizeBytes.toString(16).padStart(8, '0')}02000000`, 'hex');
    expect(findFrames(head(1024), 1024)).toMatchObject({ endsAt: 0, neededBytes: 1024 });
    expect(() => findFrames(head(1025), 1024)).toThrow(Violation);
    expect(() => findFrames(head(2 ** 31), 1024)).toThrow(Violation);
  });
});
