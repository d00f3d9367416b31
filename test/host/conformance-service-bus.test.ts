// What a Service Bus function is told of a message, and what becomes of each kind of value it gives an output.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { startLocalServiceBus, type LocalServiceBus } from './support/local-service-bus.ts';

const names = ['outputs', 'returned', 'extra', 'seen', 'one', 'many', 'many-bytes'];

let bus: LocalServiceBus;
let host: HostProcess;
beforeAll(async () => {
  bus = await startLocalServiceBus({ queues: names.map((name) => ({ name, properties: {} })) });
  host = await startHostProcess({ app: 'messages', environment: { Bus: bus.connectionString } });
});
afterAll(async () => {
  await host.stop();
  await bus.close();
});

async function send(queue: string, ...messages: object[]): Promise<void> {
  const sender = bus.client.createSender(queue);
  await sender.sendMessages(messages.map((message) => ({ body: {}, ...message })));
  await sender.close();
}

async function receive(queue: string, count: number) {
  const receiver = bus.client.createReceiver(queue, { receiveMode: 'receiveAndDelete' });
  const messages = [];
  while (messages.length < count) messages.push(...(await receiver.receiveMessages(count - messages.length)));
  await receiver.close();
  return messages;
}

interface Told {
  readonly message: unknown;
  readonly isBuffer: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const told = async (): Promise<Told> => (await receive('seen', 1))[0]?.body as Told;

const full = {
  body: { a: 1 },
  messageId: 'm1',
  contentType: 'application/json',
  correlationId: 'c',
  subject: 's',
  to: 't',
  replyTo: 'r',
  replyToSessionId: 'rs',
  applicationProperties: { Upper: 'x', nested: 1 },
};
const metadataOfOne = {
  applicationProperties: { upper: 'x', nested: 1 },
  contentType: 'application/json',
  correlationId: 'c',
  deliveryCount: 1,
  enqueuedTimeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
  expiresAtUtc: expect.any(String) as unknown,
  lockToken: expect.any(String) as unknown,
  messageId: 'm1',
  replyTo: 'r',
  replyToSessionId: 'rs',
  sequenceNumber: 1,
  subject: 's',
  to: 't',
};

describe('a Service Bus function', () => {
  it('for one message has its properties as metadata, the first letter of each in lower case', async () => {
    await send('one', full);
    expect(await told()).toEqual({ message: { a: 1 }, isBuffer: false, metadata: metadataOfOne });
  });

  it.each([
    ['text that is JSON, parsed', Buffer.from('{"b":2}'), { b: 2 }],
    ['a number in text, parsed', Buffer.from('123'), 123],
    ['other text, as it is', Buffer.from('{ no JSON'), '{ no JSON'],
    ['nothing, as empty text', Buffer.alloc(0), ''],
  ])('is given %s', async (_, body, message) => {
    await send('one', { body });
    expect((await told()).message).toEqual(message);
  });

  it('for many has an array of each property, with null where a message has none', async () => {
    await send('many', full, { body: 'text' });
    const { message, metadata } = await told();
    expect(message).toEqual([{ a: 1 }, 'text']);
    const properties = Object.keys(metadataOfOne).map((name) => `${name}Array`);
    expect(Object.keys(metadata)).toEqual(expect.arrayContaining(properties));
    expect(metadata).toMatchObject({
      messageIdArray: ['m1', expect.any(String)],
      deliveryCountArray: [1, 1],
      sequenceNumberArray: [1, 2],
      subjectArray: ['s', null],
      correlationIdArray: ['c', null],
      applicationPropertiesArray: [{ upper: 'x', nested: 1 }, {}],
    });
  });

  it('for many with dataType binary has a buffer for each', async () => {
    await send('many-bytes', { body: Buffer.from([255]) }, { body: Buffer.from('b') });
    const { message, isBuffer } = await told();
    expect(isBuffer).toBe(true);
    expect(message).toEqual([
      { type: 'Buffer', data: [255] },
      { type: 'Buffer', data: [98] },
    ]);
  });
});

describe('an output to Service Bus', () => {
  const plain = 'text/plain';
  const json = 'application/json';
  it.each([
    ['text', [['text', plain]]],
    ['jsonText', [['{"not":"parsed"}', plain]]],
    ['object', [['{"a":{"b":null}}', json]]],
    [
      'array',
      [
        ['one', plain],
        ['{"two":2}', json],
        ['3', json],
        ['[4]', json],
      ],
    ],
    ['emptyArray', []],
    ['emptyText', [['', plain]]],
    ['bytes', [['\u0000\u00FF', 'application/octet-stream']]],
    ['integer', [['7', plain]]],
    ['fraction', [['7.5', plain]]],
    ['yes', [['true', json]]],
    ['undefined', []],
    ['null', []],
  ])('of %s, returned or set, sends what it should', async (kind, expected) => {
    await send('outputs', { body: kind }, { body: 'text', messageId: `after ${kind}` });
    for (const queue of ['returned', 'extra']) {
      const messages = await receive(queue, expected.length + 1);
      const got = messages.map(({ body, contentType }) => [
        Buffer.isBuffer(body) ? body.toString('latin1') : typeof body === 'string' ? body : JSON.stringify(body),
        contentType,
      ]);
      // Two calls side by side: the last may come first.
      expect(got).toEqual(expect.arrayContaining([...expected, ['text', plain]]));
      expect(got).toHaveLength(expected.length + 1);
    }
  });
});
