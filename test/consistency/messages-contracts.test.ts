// Contracts, topology and functions agree: whatever is sent is described, arrives where somebody reads it, and is taken there.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allContracts } from '../../shared/contracts/all.ts';
import { eventName } from '../../shared/kernel/cloud-event.ts';
import { hubs, eventGridTopics, queues, storageQueues, topics } from '../../shared/kernel/topology.ts';
import { channels, destinationsOf, readers } from '../support/messages/flows.ts';

const typesOf = (contracts: readonly { readonly type: string }[]) => contracts.map(({ type }) => type).toSorted();
const readByUs = readers();
const places = channels();
const nameOf = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind} ${name}`;

describe('every contract', () => {
  test.each(allContracts)('$type has a name of its own, a version and an example that is valid', (contract) => {
    expect(contract.type).toMatch(/^millrace\.[a-z]+\.[A-Z]\w+\.v\d+$/);
    expect(allContracts.filter(({ type }) => eventName(type) === eventName(contract.type))).toHaveLength(1);
    expect(contract.schema.parse(contract.example)).toEqual(contract.example);
    expect(contract.doc).toMatch(/^[A-Z].*[.?]/);
  });

  test.each(allContracts)('$type is sent to places that the topology has', (contract) => {
    const known = {
      queue: queues,
      topic: topics,
      hub: hubs,
      eventGridTopic: eventGridTopics,
      storageQueue: storageQueues,
    };
    for (const { kind, name } of destinationsOf(contract)) expect(Object.values(known[kind])).toContain(name);
  });

  test('is in the list of all of them', () => {
    const sources = globSync('shared/contracts/*.ts').map((path) => readFileSync(path, 'utf8'));
    const written = sources.flatMap((text) => [...text.matchAll(/'(millrace\.\w+\.\w+\.v\d+)'|: orderEvent\(/g)]);
    expect(written).toHaveLength(allContracts.flatMap(({ earlier = [] }) => [0, ...earlier]).length);
  });

  test('an older version comes before the newer ones, by number', () => {
    for (const { type, earlier = [] } of allContracts) {
      const stem = type.slice(0, type.lastIndexOf('.v'));
      const versions = [...earlier.map((version) => version.type), type];
      expect(versions).toEqual(versions.map((_, index) => `${stem}.v${index + 1}`));
    }
  });
});

describe('every queue, hub and topic', () => {
  test('a function reads it, but for the topics, which forward, and the replies, which their askers read', () => {
    const read = new Set(readByUs.map(({ kind, channel }) => `${kind} ${channel}`));
    const unread = places.map(nameOf).filter((name) => !read.has(name));
    expect(unread.toSorted()).toEqual([
      `queue ${queues.orderReplies}`,
      ...Object.values(topics).map((name) => `topic ${name}`),
    ]);
  });

  test.each(readByUs.filter(({ kind, channel }) => kind !== 'eventGridTopic' && channel !== queues.deadLetters))(
    '$name takes exactly what comes to $channel',
    ({ kind, channel, takes }) => {
      const arriving = places.find((place) => place.kind === kind && place.name === channel)?.contracts ?? [];
      expect(arriving.length).toBeGreaterThan(0);
      // A trigger that names no contract reads one kind of body.
      expect(typesOf(takes ?? arriving.slice(0, 1))).toEqual(typesOf(arriving));
    },
  );

  test('each event on an Event Grid topic is taken by a subscriber', () => {
    for (const { kind, name, contracts } of places) {
      if (kind !== 'eventGridTopic') continue;
      const taken = readByUs.filter((reader) => reader.kind === kind && reader.channel === name);
      expect(new Set(taken.flatMap(({ takes = [] }) => takes))).toEqual(new Set(contracts));
    }
  });

  test('whoever reads a Service Bus queue says what it takes', () => {
    const silent = readByUs.filter(({ kind, takes }) => kind === 'queue' && takes === undefined);
    expect(silent.map(({ channel }) => channel).filter((name) => name !== queues.deadLetters)).toEqual([]);
    expect(readByUs.filter(({ kind }) => kind === 'queue').length).toBeGreaterThan(5);
  });

  test('nobody writes the type of a message by hand outside of shared/contracts/', () => {
    const sources = globSync('{functions,shared}/**/*.ts').filter((path) => !path.startsWith('shared/contracts/'));
    const writing = sources.filter((path) => /'millrace\.\w+\.\w+\.v\d+'/.test(readFileSync(path, 'utf8')));
    expect(writing).toEqual([]);
  });
});
