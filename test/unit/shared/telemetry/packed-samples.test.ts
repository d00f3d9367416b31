import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostPackedBytes, packSamples, unpackSamples } from '../../../../shared/telemetry/packed-samples.ts';
import type { Sample } from '../../../../shared/telemetry/window.ts';

const metric = fc.constantFrom('temperature', 'pressure', 'm.1:2-3', 'constructor');
const sample: fc.Arbitrary<Sample> = fc.record(
  {
    at: fc.double({ min: 0, max: 4e12, noNaN: true }),
    sequence: fc.maxSafeNat(),
    values: fc.dictionary(metric, fc.double({ noNaN: true, noDefaultInfinity: true }), { noNullPrototype: true }),
  },
  { requiredKeys: ['at', 'values'] },
);

test('samples come out of their bytes as they went in, wherever the bytes stand', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 20 }), (samples) => {
      const packed = packSamples(samples);
      const elsewhere = Buffer.concat([Buffer.from([1, 2, 3]), packed]).subarray(3);
      expect(unpackSamples(elsewhere)).toEqual(samples);
    }),
  );
});

test('a sample of one metric takes 24 bytes', () => {
  const two = [1, 2].map((at) => ({ at, sequence: at, values: { t: 1 } }));
  expect(packSamples(two).length - packSamples(two.slice(0, 1)).length).toBe(24);
});

test('more than a row holds is refused', () => {
  const most = Math.floor(mostPackedBytes / 24) - 2;
  const samples = Array.from({ length: most }, (_, at) => ({ at, values: { t: 1 } }));
  expect(packSamples(samples).length).toBeLessThanOrEqual(mostPackedBytes);
  const more = [...samples, ...samples.slice(0, 3)];
  expect(() => packSamples(more)).toThrow(expect.objectContaining({ code: 'window-full' }));
});
