import { expect, test } from 'vitest';
import {
  consumerGroups,
  containers,
  eventGridTopics,
  hubs,
  queues,
  storageQueues,
  tables,
  topics,
  topology,
} from '../../shared/kernel/topology.ts';

const namesOf = (entities: readonly { readonly name: string }[]): string[] =>
  entities.map(({ name }) => name).toSorted();

test('the names the app uses are the ones the topology declares', () => {
  expect(Object.values(queues).toSorted()).toEqual(namesOf(topology.serviceBus.queues));
  expect(Object.values(topics).toSorted()).toEqual(namesOf(topology.serviceBus.topics));
  expect(Object.values(storageQueues).toSorted()).toEqual(namesOf(topology.storage.queues));
  expect(Object.values(containers).toSorted()).toEqual(namesOf(topology.storage.containers));
  expect(Object.values(hubs).toSorted()).toEqual(namesOf(topology.eventHubs.hubs));
  expect(Object.values(consumerGroups).toSorted()).toEqual(
    namesOf(topology.eventHubs.hubs.flatMap((hub) => hub.consumerGroups)),
  );
  expect(Object.values(eventGridTopics).toSorted()).toEqual(namesOf(topology.eventGrid.topics));
  expect(Object.values(tables).toSorted()).toEqual(namesOf(topology.storage.tables));
});
