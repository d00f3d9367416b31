import { expect, test } from 'vitest';
import { queues, storageQueues, tables, topics, topology } from '../../shared/kernel/topology.ts';

const namesOf = (entities: readonly { readonly name: string }[]): string[] =>
  entities.map(({ name }) => name).toSorted();

test('the names the app uses are the ones the topology declares', () => {
  expect(Object.values(queues).toSorted()).toEqual(namesOf(topology.serviceBus.queues));
  expect(Object.values(topics).toSorted()).toEqual(namesOf(topology.serviceBus.topics));
  expect(Object.values(storageQueues).toSorted()).toEqual(namesOf(topology.storage.queues));
  expect(Object.values(tables).toSorted()).toEqual(namesOf(topology.storage.tables));
});
