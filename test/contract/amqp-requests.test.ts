// Requests to $management and $cbs that no SDK would send: each has an answer, and none costs the connection.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
import rhea from 'rhea';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AmqpPeer, flow, frame } from '../support/amqp-peer.ts';
import { type LocalAmqp, startAmqp } from '../support/amqp-server.ts';

interface Answer {
  readonly application_properties: Readonly<Record<string, unknown>>;
  readonly correlation_id: unknown;
}

const { message, types } = rhea as unknown as {
  message: { encode(message: unknown): Buffer; decode(bytes: Buffer): Answer };
  types: typeof rhea.types;
};

describe('a request over AMQP', () => {
  let amqp: LocalAmqp;
  let client: AmqpPeer;
  beforeEach(async () => {
    amqp = await startAmqp([{ name: 'q' }]);
    client = new AmqpPeer(amqp.port).begin();
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await amqp[Symbol.asyncDispose]();
  });

  const peek = 'com.microsoft:peek-message';
  const peekBody = { 'from-sequence-number': types.wrap_long(1), 'message-count': types.wrap_int(1) };
  const connect = (node: string, credit = 100) =>
    client
      .attachSender(node, 0)
      .attachReceiver(node, 1, { name: 'replies' })
      .send(flow({ handle: 1, delivery_count: 0, link_credit: credit }));
  const ask = (fields: Record<string, unknown>, id = 0) =>
    client.transfer(id, {}, message.encode({ message_id: `r${id}`, reply_to: 'replies', ...fields }));
  const answer = async (index = 0) => message.decode((await client.next('transfer', index)).payload as Buffer);

  it.each([
    ['that is not known', { application_properties: { operation: 'com.microsoft:nonsense' } }, 501],
    ['without an operation', {}, 501],
    ['whose operation is a number', { application_properties: { operation: 7 } }, 501],
    ['without a body', { application_properties: { operation: peek } }, 400],
    ['whose body is text', { application_properties: { operation: peek }, body: 'x' }, 400],
    [
      'whose body lacks a field',
      { application_properties: { operation: 'com.microsoft:renew-lock' }, body: { tokens: [] } },
      400,
    ],
    [
      'whose body has a field of another type',
      { application_properties: { operation: peek }, body: { ...peekBody, 'message-count': 'one' } },
      400,
    ],
    ['with nothing to find', { application_properties: { operation: peek }, body: peekBody }, 204],
  ])('to the management node %s gets its status', async (_, fields, status) => {
    connect('q/$management');
    ask(fields);
    const { application_properties: properties, correlation_id } = await answer();
    expect([properties['statusCode'], correlation_id]).toEqual([status, 'r0']);
    ask({ application_properties: { operation: peek }, body: peekBody }, 1);
    expect((await answer(1)).application_properties['statusCode']).toBe(204);
  });

  it('that cannot be read gets 400', async () => {
    connect('q/$management');
    const properties = message.encode({ message_id: 'r0', reply_to: 'replies' });
    const sections = properties.subarray(
      properties.indexOf(Buffer.from('005373', 'hex')),
      properties.indexOf(Buffer.from('005377', 'hex')),
    );
    client.transfer(0, {}, Buffer.concat([sections, Buffer.from('005374c1020340', 'hex')]));
    const { application_properties } = await answer();
    expect(application_properties['statusCode']).toBe(400);
  });

  it.each([
    ['a number', types.wrap_ulong(7)],
    ['a uuid', types.wrap_uuid(Buffer.alloc(16, 5))],
    ['binary', types.wrap_binary(Buffer.from('id'))],
  ])('gets its id back as %s', async (_, id) => {
    connect('q/$management');
    ask({ message_id: id, application_properties: { operation: peek }, body: peekBody });
    expect((await answer()).correlation_id).toEqual(id.value);
  });

  it('without a link for the answer is rejected', async () => {
    connect('q/$management');
    ask({ reply_to: undefined });
    expect(JSON.stringify((await client.next('disposition')).fields['state'])).toContain('reply-to');
  });

  it('whose link for the answer is gone is done without an answer', async () => {
    connect('q/$management').send(frame('detach', { handle: 1, closed: true }));
    ask({ application_properties: { operation: peek }, body: peekBody });
    expect((await client.next('disposition')).fields['first']).toBe(0);
    await amqp.exchange('q');
  });

  it('is one of many at once, and each gets its own answer', async () => {
    connect('q/$management', 500);
    for (let id = 0; id < 500; id += 1) ask({ application_properties: { operation: peek }, body: peekBody }, id);
    await client.next('transfer', 499);
    const ids = client.of('transfer').map(({ payload }) => message.decode(payload as Buffer).correlation_id);
    expect(new Set(ids).size).toBe(500);
  });

  it('whose answers wait for credit in number ends the link for them, not the service', async () => {
    connect('q/$management', 0);
    for (let id = 0; id < 300; id += 1) ask({ application_properties: { operation: peek }, body: peekBody }, id);
    expect((await client.next('detach')).fields.error?.condition).toBe('amqp:resource-limit-exceeded');
    await amqp.exchange('q');
  });

  it.each([
    [{ operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: 'sb://x' }, 202],
    [{ operation: 'put-token', type: 'jwt', name: 'sb://x' }, 202],
    [{ operation: 'put-token', type: 'password' }, 400],
    [{ operation: 'put-token' }, 400],
    [{ operation: 'take-token' }, 501],
  ])('to the token node with %j gets its status', async (application_properties, status) => {
    connect('$cbs');
    ask({ application_properties, body: 'token' });
    expect((await answer()).application_properties['status-code']).toBe(status);
  });
});
