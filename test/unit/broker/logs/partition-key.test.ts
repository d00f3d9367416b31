// A key's partition is the one that the SDK's own hash gives.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapPartitionKeyToId } from '../../../../node_modules/@azure/event-hubs/dist/esm/impl/partitionKeyToIdMapper.js';
import { partitionOfKey } from '../../../../local/broker/logs/partition-key.ts';

test('a key of any length and script has the partition that the SDK computes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 32 }), (key, count) => {
      expect(partitionOfKey(key, count)).toBe(mapPartitionKeyToId(key, count));
    }),
    { numRuns: 3000 },
  );
});

test('keys spread over all partitions', () => {
  const partitions = Array.from({ length: 200 }, (_, index) => partitionOfKey(`device-${index}`, 4));
  expect(new Set(partitions)).toEqual(new Set([0, 1, 2, 3]));
});
