// A query by message, from another system's view: asked on one queue, answered in the asker's session on another.
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orderStatus } from '../../shared/contracts/orders.ts';
import { problem } from '../../shared/contracts/problem.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { validOrder } from '../support/order-requests.ts';
import { busClient, OrderStatusAsker, statusQuery } from '../support/order-status-asker.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;
let bus: ServiceBusClient;

beforeAll(async () => {
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
  bus = busClient(azure);
});

afterAll(async () => {
  await bus.close();
  await azure.stop();
  removeData(data);
});

/** Everything that stands in a queue now; nothing is taken. A client goes on peeking where it stopped, so each look is a new one's. */
async function standingIn(queue: string): Promise<ServiceBusReceivedMessage[]> {
  const client = busClient(azure);
  try {
    return await client.createReceiver(queue).peekMessages(100);
  } finally {
    await client.close();
  }
}

test('who asks how an order stands gets the answer in their session, under the id of the query', async () => {
  await using asker = new OrderStatusAsker(bus);
  const orderId = await api.place(validOrder({ payment: { method: 'pm_card_chargeDeclined' } }));
  const { version } = await api.settled(orderId);
  const query = statusQuery(asker.sessionId, { orderId });
  const { message, event } = await asker.ask(query);
  expect(message).toMatchObject({ correlationId: query.messageId, sessionId: asker.sessionId, subject: 'OrderStatus' });
  expect(message.timeToLive).toBeLessThanOrEqual(30_000);
  expect(event).toMatchObject({
    type: orderStatus.type,
    subject: orderId,
    data: { orderId, status: 'cancelled', reason: 'payment-declined', version },
  });
});

test('two askers at once get their own answers', async () => {
  await using first = new OrderStatusAsker(bus);
  await using second = new OrderStatusAsker(bus);
  const orders = await Promise.all([api.place(validOrder()), api.place(validOrder())]);
  const replies = await Promise.all(
    [first, second].map((asker, index) => asker.ask(statusQuery(asker.sessionId, { orderId: orders[index] ?? '' }))),
  );
  expect(replies.map(({ event }) => event.subject)).toEqual(orders);
});

test.each([
  ['an order that does not exist', { orderId: '0190a8f0-0000-7000-8000-000000000001' }, 'order-not-found', 404],
  ['an id of no form at all', { orderId: 'the-blue-one' }, 'order-not-found', 404],
  ['nothing that can be understood', { data: { order: 1 } }, 'invalid-message', 400],
])('who asks for %s is told so as HTTP would', async (_what, asked, code, status) => {
  await using asker = new OrderStatusAsker(bus);
  const query = statusQuery(asker.sessionId, asked);
  const { message, event } = await asker.ask(query);
  expect(message).toMatchObject({ correlationId: query.messageId, subject: 'Problem' });
  expect(event).toMatchObject({ type: problem.type, data: { code, status } });
});

test('a body that is no JSON is answered too: its properties say who asked', async () => {
  await using asker = new OrderStatusAsker(bus);
  const query = { ...statusQuery(asker.sessionId, {}), body: Buffer.from('{"half') };
  const { event } = await asker.ask(query);
  expect(event).toMatchObject({ type: problem.type, data: { code: 'invalid-message' } });
});

test('when the asker is gone the reply goes too, and is nobody’s dead letter', async () => {
  const asker = new OrderStatusAsker(bus);
  const orderId = await api.place(validOrder());
  const expiresAt = new Date(Date.now() + 3_000).toISOString();
  await asker.send(statusQuery(asker.sessionId, { orderId, expiresAt }));
  const ofAsker = async () =>
    (await standingIn(queues.orderReplies)).filter(({ sessionId }) => sessionId === asker.sessionId);
  const [reply] = await waitFor('the reply nobody fetches', async () => {
    const replies = await ofAsker();
    return replies.length > 0 && replies;
  });
  expect(reply).toMatchObject({ subject: 'OrderStatus', timeToLive: expect.any(Number) });
  await waitFor('its end', async () => (await ofAsker()).length === 0);
  expect(await standingIn(queues.deadLetters)).toEqual([]);
});

test('a query that comes after its asker stopped waiting is dropped', async () => {
  await using asker = new OrderStatusAsker(bus);
  await asker.send(
    statusQuery(asker.sessionId, { orderId: 'late', expiresAt: new Date(Date.now() - 1).toISOString() }),
  );
  const { event } = await asker.ask(statusQuery(asker.sessionId, { orderId: 'in-time' }));
  expect(event).toMatchObject({ data: { code: 'order-not-found' } });
  await waitFor('every query to be settled', async () => (await standingIn(queues.orderQueries)).length === 0);
  expect((await standingIn(queues.orderReplies)).filter(({ sessionId }) => sessionId === asker.sessionId)).toEqual([]);
});

test('a query that names another queue to reply to is a dead letter, and that queue gets nothing', async () => {
  await using asker = new OrderStatusAsker(bus);
  const query = { ...statusQuery(asker.sessionId, { orderId: 'x' }), replyTo: queues.newOrder };
  await asker.send(query);
  const [letter] = await waitFor('the dead letter', async () => {
    const letters = await standingIn(queues.deadLetters);
    return letters.length > 0 && letters;
  });
  expect(letter).toMatchObject({
    messageId: query.messageId,
    applicationProperties: { reason: 'invalid-message', sourceEntity: queues.orderQueries },
  });
});
