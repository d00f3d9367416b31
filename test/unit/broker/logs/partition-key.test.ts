// A key's partition is the one that Azure's own clients compute. The hashes are those their tests share:
// https://github.com/Azure/azure-sdk-for-java/blob/main/sdk/eventhubs/azure-messaging-eventhubs/src/test/java/com/azure/messaging/eventhubs/PartitionResolverTests.java
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapPartitionKeyToId } from '../../../../node_modules/@azure/event-hubs/dist/esm/impl/partitionKeyToIdMapper.js';
import { partitionOfKey } from '../../../../local/broker/logs/partition-key.ts';

test.each([
  ['7', -15263],
  ['131', 30562],
  ['7149583486996073602', 12977],
  ['FWfAT', -22341],
  ['sOdeEAsyQoEuEFPGerWO', -6503],
  ['!c*_!I@1^c', 15372],
  ['$0cb', 26269],
  ['-4189260826195535198', 453],
])('the key %s has the hash %i', (key, hash) => {
  for (const count of [2 ** 15, 1, 2, 4, 32]) expect(partitionOfKey(key, count)).toBe(Math.abs(hash % count));
});

test('a key of any length and script has the partition that the SDK computes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 32 }), (key, count) => {
      expect(partitionOfKey(key, count)).toBe(mapPartitionKeyToId(key, count));
    }),
    { numRuns: 1000 },
  );
});

test('keys spread over all partitions', () => {
  const partitions = Array.from({ length: 200 }, (_, index) => partitionOfKey(`device-${index}`, 4));
  expect(new Set(partitions)).toEqual(new Set([0, 1, 2, 3]));
});
