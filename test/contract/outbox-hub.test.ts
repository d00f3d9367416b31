// What the outbox sends to a hub, by the real SDK.
import { onceEach } from '../../shared/kernel/once.ts';
import { earliestEventPosition, EventHubProducerClient } from '@azure/event-hubs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hubOutboxSender } from '../../shared/adapters/messaging/hub-outbox-sender.ts';
import { createGuard } from '../../shared/adapters/resilience/guard.ts';
import { limits } from '../../shared/adapters/resilience/limits.ts';
import { redeem } from '../../shared/kernel/claim-check.ts';
import { toCloudEvent } from '../../shared/kernel/cloud-event.ts';
import type { OutboxMessage } from '../../shared/kernel/outbox.ts';
import { collect, type LocalEventHubs, startEventHubs } from '../support/event-hubs.ts';
import { memoryClaims } from '../support/memory-claims.ts';
import { waitFor } from '../support/wait-for.ts';

const hub = 'orders';
const claims = memoryClaims();
const guard = () => createGuard('event-hubs', limits['event-hubs']);
let hubs: LocalEventHubs;

beforeAll(async () => {
  hubs = await startEventHubs({
    eventHubs: { hubs: [{ name: hub, properties: { partitionCount: 4 }, consumerGroups: [] }] },
  });
});

afterAll(() => hubs[Symbol.asyncDispose]());

const message = (orderId: string, n: number, padding = ''): OutboxMessage => {
  const told = {
    id: `${orderId}-${n}`,
    type: 'millrace.tests.Thing.v1',
    subject: orderId,
    time: '2026-01-01T00:00:00.000Z',
  };
  const body = JSON.stringify(toCloudEvent({ ...told, data: { n, padding } }));
  return {
    destination: hub,
    transport: 'event-hubs',
    messageId: told.id,
    label: 'Thing',
    correlationId: orderId,
    body,
  };
};

test('an order’s events are in one partition, in order, with their ids; what is too large is checked in', async () => {
  const sender = hubOutboxSender(
    onceEach((name) => hubs.producer(name)),
    guard(),
    claims,
  );
  const orders = Array.from({ length: 12 }, (_, n) => `order-${n}`);
  await sender.send(
    hub,
    orders.flatMap((orderId) => [message(orderId, 1), message(orderId, 2, 'x'.repeat(300_000))]),
  );
  await sender.send(
    hub,
    orders.map((orderId) => message(orderId, 3)),
  );
  const consumer = hubs.consumer('$Default', hub);
  const partitions = (await hubs.producer(hub).getPartitionIds()).map((id) =>
    collect(consumer, id, earliestEventPosition, { skipParsingBodyAsJson: true }),
  );
  await waitFor('all of them', () => partitions.flatMap(({ events }) => events).length === orders.length * 3);
  for (const orderId of orders) {
    const homes = partitions.filter(({ events }) => events.some((event) => event.correlationId === orderId));
    expect(homes).toHaveLength(1);
    const came = homes.flatMap(({ events }) => events).filter((event) => event.correlationId === orderId);
    expect(came.map(({ messageId }) => messageId)).toEqual([1, 2, 3].map((n) => `${orderId}-${n}`));
    const bodies = await Promise.all(came.map(({ body }) => redeem(body as Uint8Array, claims)));
    expect(bodies.map((body) => (JSON.parse(Buffer.from(body).toString()) as { data: { n: number } }).data.n)).toEqual([
      1, 2, 3,
    ]);
  }
  expect(claims.blobs.size).toBe(1);
  expect(partitions.filter(({ events }) => events.length > 0).length).toBeGreaterThan(1);
});

test('a hub that does not answer is a transient failure', async () => {
  const nowhere = 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true;';
  const producer = new EventHubProducerClient(nowhere, hub, { retryOptions: { maxRetries: 0 } });
  const sent = hubOutboxSender(() => producer, guard(), claims).send(hub, [message('o', 1)]);
  await expect(sent).rejects.toMatchObject({ code: 'messaging-unavailable', kind: 'transient' });
  await producer.close();
});
