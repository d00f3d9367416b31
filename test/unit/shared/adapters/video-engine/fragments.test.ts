import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fragmentCutter } from '../../../../../shared/adapters/video-engine/fragments.ts';

function box(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content]);
}

function decodeTime(ticks: bigint): Buffer {
  const content = Buffer.alloc(12);
  content[0] = 1;
  content.writeBigUInt64BE(ticks, 4);
  return box('moof', box('traf', box('tfdt', content)));
}

const header = Buffer.concat([box('ftyp', Buffer.from('iso5')), box('moov', Buffer.alloc(300))]);
const media = [0n, 30720n, 2n ** 33n].map((ticks) =>
  Buffer.concat([decodeTime(ticks), box('mdat', Buffer.alloc(500, 7))]),
);

test('however the stream is cut into writes, header and fragments come out whole, with their times', () => {
  const stream = Buffer.concat([header, ...media]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 30 }), (cuts) => {
      const cutter = fragmentCutter();
      const found = [];
      const ends = [...cuts.toSorted((a, b) => a - b), stream.length];
      let at = 0;
      for (const until of ends) {
        cutter.write(stream.subarray(at, until));
        found.push(...cutter.take());
        at = until;
      }
      expect(found).toEqual([
        { kind: 'header', bytes: header },
        { kind: 'media', bytes: media[0], startTicks: 0n },
        { kind: 'media', bytes: media[1], startTicks: 30720n },
        { kind: 'media', bytes: media[2], startTicks: 2n ** 33n },
      ]);
    }),
  );
});

test('a box shorter than its own head is an error, not an endless loop', () => {
  expect(() => fragmentCutter().write(Buffer.alloc(16))).toThrow('a box of 0 bytes');
});
