// $management operations that this version of the SDK has no method for, and limits that it keeps itself: by a plain AMQP client.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
import { once } from 'node:events';
import rhea from 'rhea';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServiceBus, startServiceBus } from '../support/service-bus.ts';

const { types } = rhea;
const sessions = { requiresSession: true };
const serviceBus = {
  queues: [
    { name: 'deleted' },
    { name: 'of-sessions', properties: sessions },
    { name: 'listed', properties: sessions },
    { name: 'ids' },
  ],
};

interface Answer {
  readonly statusCode: number;
  readonly errorCondition: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('$management of a Service Bus entity', () => {
  let bus: LocalServiceBus;
  let connection: rhea.Connection;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus });
    connection = rhea.create_container().connect({ host: '127.0.0.1', port: bus.port, reconnect: false });
    await once(connection, 'connection_open');
  });
  afterAll(async () => {
    connection.close();
    await once(connection, 'connection_close');
    await bus[Symbol.asyncDispose]();
  });

  async function ask(entity: string, operation: string, body: object): Promise<Answer> {
    const replyTo = `reply-${operation}-${entity}`;
    const address = `${entity}/$management`;
    const replies = connection.open_receiver({ source: { address }, target: { address: replyTo } });
    const requests = connection.open_sender({ target: { address } });
    await Promise.all([once(replies, 'receiver_open'), once(requests, 'sendable')]);
    const answered = once(replies, 'message') as Promise<[{ message: rhea.Message }]>;
    requests.send({
      message_id: 1,
      reply_to: replyTo,
      application_properties: { operation: `com.microsoft:${operation}` },
      body,
    });
    const [{ message }] = await answered;
    replies.close();
    requests.close();
    const { statusCode, errorCondition } = message.application_properties ?? {};
    return { statusCode, errorCondition, body: message.body as Answer['body'] };
  }

  const int = (value: number) => types.wrap_int(value) as unknown;

  it('deletes a batch of messages, the oldest first, up to a time', async () => {
    const sender = bus.client.createSender('deleted');
    await sender.sendMessages([{ body: 1 }, { body: 2 }, { body: 3 }]);
    expect(await ask('deleted', 'batch-delete-messages', { 'message-count': int(2) })).toMatchObject({
      statusCode: 200,
      body: { 'message-count': 2 },
    });
    const past = types.wrap_timestamp(bus.clock.now() - 60_000);
    const none = await ask('deleted', 'batch-delete-messages', {
      'message-count': int(500),
      'enqueued-time-utc': past,
    });
    expect(none.statusCode).toBe(204);
    const [left, ...others] = await bus.client.createReceiver('deleted').peekMessages(9);
    expect([left?.body as unknown, others]).toEqual([3, []]);
    const tooMany = await ask('deleted', 'batch-delete-messages', { 'message-count': int(501) });
    expect(tooMany).toMatchObject({ statusCode: 400, errorCondition: 'com.microsoft:argument-out-of-range' });
  });

  it('deletes a batch of one session', async () => {
    const sender = bus.client.createSender('of-sessions');
    await sender.sendMessages(['a', 'b', 'a'].map((sessionId) => ({ body: sessionId, sessionId })));
    const request = { 'message-count': int(9), 'session-id': 'a' };
    expect((await ask('of-sessions', 'batch-delete-messages', request)).body).toEqual({ 'message-count': 2 });
    const unnamed = await ask('of-sessions', 'batch-delete-messages', { 'message-count': int(9) });
    expect(unnamed).toMatchObject({ statusCode: 400, errorCondition: 'amqp:not-allowed' });
  });

  it('lists the sessions that have messages, or whose state was set after a time', async () => {
    await bus.client.createSender('listed').sendMessages(['b', 'a'].map((sessionId) => ({ body: 1, sessionId })));
    const session = await bus.client.acceptSession('listed', 'with-state');
    await session.setSessionState('state');
    await session.close();
    const list = (last: number, skip = 0) =>
      ask('listed', 'get-message-sessions', {
        'last-updated-time': types.wrap_timestamp(last),
        skip: int(skip),
        top: int(100),
      });
    expect((await list(253_402_300_799_999)).body).toEqual({ skip: 0, 'sessions-ids': ['a', 'b'] });
    expect((await list(253_402_300_799_999, 1)).body).toEqual({ skip: 1, 'sessions-ids': ['b'] });
    expect((await list(bus.clock.now() - 60_000)).body).toEqual({ skip: 0, 'sessions-ids': ['with-state'] });
    expect((await list(bus.clock.now() + 60_000)).statusCode).toBe(204);
  });

  it.each([
    ['message id', { message_id: 'x'.repeat(129) }],
    ['session id', { group_id: 'x'.repeat(129) }],
    ['partition key', { message_annotations: { 'x-opt-partition-key': 'x'.repeat(129) } }],
  ])('has a queue that refuses a %s of 129 characters', async (_, fields) => {
    const sender = connection.open_sender('ids');
    await once(sender, 'sendable');
    const rejected = once(sender, 'rejected') as Promise<
      [{ delivery: { remote_state: { error: rhea.ConnectionError } } }]
    >;
    sender.send({ ...fields, body: 'x' });
    const [{ delivery }] = await rejected;
    expect(delivery.remote_state.error).toMatchObject({
      condition: 'com.microsoft:argument-error',
      description: expect.stringContaining('at most 128 characters') as unknown,
    });
    sender.close();
  });
});
