import type { ServiceBusMessage } from '@azure/service-bus';
import { InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { queryHandler } from '../../../../../shared/adapters/functions/query-handler.ts';
import { getOrderStatus, orderStatus } from '../../../../../shared/contracts/orders.ts';
import { problem } from '../../../../../shared/contracts/problem.ts';
import { parseCloudEvent, toCloudEvent } from '../../../../../shared/kernel/cloud-event.ts';
import { AppError } from '../../../../../shared/kernel/errors.ts';
import { defaultLimits } from '../../../../../shared/kernel/settlement.ts';

const now = Date.parse('2030-01-01T00:00:00.000Z');
const after = (ms: number): string => new Date(now + ms).toISOString();
const { example } = orderStatus;

class Given {
  readonly sent: { readonly entity: string; readonly message: ServiceBusMessage }[] = [];
  answered = 0;
  failure: unknown;

  readonly handler = queryHandler(
    {
      query: getOrderStatus,
      answer: async () => {
        this.answered += 1;
        if (this.failure !== undefined) throw this.failure;
        return example;
      },
    },
    () => ({
      sender: {
        send: async (entity, message) =>
          void this.sent.push(...[message].flat().map((one) => ({ entity, message: one }))),
      },
      claims: { put: async () => {}, get: async () => undefined },
      limits: defaultLimits,
      now: () => now,
      random: () => 0,
      wait: async () => {},
    }),
  );

  async ask(data: unknown, metadata: object = {}): Promise<void> {
    const query = { id: 'q-1', type: getOrderStatus.type, subject: 'o-1', time: after(0), data };
    const triggerMetadata = {
      messageId: 'q-1',
      enqueuedTimeUtc: after(0),
      replyTo: 'order-replies',
      replyToSessionId: 'asker-7',
      ...metadata,
    };
    const context = new InvocationContext({ functionName: 'answer', logHandler: () => {}, triggerMetadata });
    await this.handler(Buffer.from(JSON.stringify(toCloudEvent(query))), context);
  }

  reply() {
    const [{ entity, message } = { entity: '', message: { body: Buffer.alloc(0) } }] = this.sent;
    const { body, ...properties } = message;
    return { entity, properties, event: parseCloudEvent(body as Buffer, [orderStatus, problem]) };
  }
}

const question = (expiresAt = after(30_000)) => ({ orderId: example.orderId, expiresAt });

test('the answer goes to the session of its asker, names the query and lives for as long as the asker waits', async () => {
  const given = new Given();
  await given.ask(question());
  const { entity, properties, event } = given.reply();
  expect(entity).toBe('order-replies');
  expect(properties).toMatchObject({
    sessionId: 'asker-7',
    correlationId: 'q-1',
    subject: 'OrderStatus',
    timeToLive: 30_000,
  });
  expect(event).toMatchObject({ type: orderStatus.type, subject: 'o-1', data: example });
});

test('an answer lives for five minutes at most, however long its asker would wait', async () => {
  const given = new Given();
  await given.ask(question(after(24 * 3_600_000)));
  expect(given.reply().properties.timeToLive).toBe(5 * 60_000);
});

test('a query asked twice has the same reply, which duplicate detection folds', async () => {
  const given = new Given();
  await given.ask(question());
  await given.ask(question());
  expect(new Set(given.sent.map(({ message }) => message.messageId)).size).toBe(1);
});

test('a query that nobody waits for any more is dropped', async () => {
  const given = new Given();
  await given.ask(question(after(0)));
  expect(given).toMatchObject({ answered: 0, sent: [] });
});

test.each([
  ['not found', new AppError('order-not-found', 'There is no order of this id'), 'order-not-found', 404],
  ['a fault nobody foresaw', new TypeError('secret'), 'internal-error', 500],
])('%s is answered as the problem HTTP would have', async (_what, failure, code, status) => {
  const given = new Given();
  given.failure = failure;
  await given.ask(question());
  const { properties, event } = given.reply();
  expect(properties).toMatchObject({ sessionId: 'asker-7', correlationId: 'q-1', subject: 'Problem' });
  expect(event).toMatchObject({ type: problem.type, subject: 'q-1', data: { code, status } });
  expect(JSON.stringify(event)).not.toContain('secret');
});

test('a malformed query is answered with what is wrong with it', async () => {
  const given = new Given();
  await given.ask({ orderId: 7, expiresAt: after(30_000) });
  expect(given.reply().event.data).toMatchObject({ code: 'invalid-message', errors: [{ pointer: '/data/orderId' }] });
  expect(given.reply().properties.timeToLive).toBe(60_000);
});

test.each([
  ['no ReplyTo', { replyTo: undefined }],
  ['another queue to reply to', { replyTo: 'new-order' }],
  ['no session to reply to', { replyToSessionId: undefined }],
])('a query with %s is a dead letter: nobody can be answered', async (_what, metadata) => {
  const given = new Given();
  await given.ask(question(), metadata);
  expect(given.answered).toBe(0);
  expect(given.sent).toMatchObject([
    { entity: 'dead-letters', message: { applicationProperties: { reason: 'invalid-message' } } },
  ]);
});

test('a query that cannot be answered now is put off, and still knows its asker', async () => {
  const given = new Given();
  given.failure = new AppError('storage-unavailable', 'down');
  await given.ask(question());
  expect(given.sent).toMatchObject([
    {
      entity: 'order-queries',
      message: { messageId: 'q-1#1', replyTo: 'order-replies', replyToSessionId: 'asker-7' },
    },
  ]);
});
