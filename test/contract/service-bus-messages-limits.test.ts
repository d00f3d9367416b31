// What a Service Bus does not take: too large, too long, full or switched off; by the real SDK.
import type { ServiceBusSender } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

const limitBytes = 256 * 1024;
const kilobyte = 1024;

const serviceBus = {
  queues: [
    ...['sizes', 'batches', 'heads', 'ids'].map((name) => ({ name })),
    { name: 'full', properties: { maxSizeInMegabytes: 1 } },
    { name: 'disabled', properties: { status: 'Disabled' } },
    { name: 'send-disabled', properties: { status: 'SendDisabled' } },
    { name: 'receive-disabled', properties: { status: 'ReceiveDisabled', enableBatchedOperations: true } },
  ],
};

describe('a Service Bus queue', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  const withBody = (bodyBytes: number) => ({
    body: Buffer.alloc(bodyBytes),
    messageId: 'm-1',
    applicationProperties: { note: 'counted as well' },
  });

  /** What a message has beside its body, learnt from the refusal of one that is too large. */
  async function overheadBytes(sender: ServiceBusSender): Promise<number> {
    const refusal: unknown = await sender.sendMessages(withBody(limitBytes)).catch((error: unknown) => error);
    const [, size] = /of (\d+) bytes is larger than the 262144/.exec(String(refusal)) ?? [];
    return Number(size) - limitBytes;
  }

  it('fault 19: takes a message of 256 KB with its properties, and refuses one byte more by its size', async () => {
    const sender = bus.client.createSender('sizes');
    const largestBody = limitBytes - (await overheadBytes(sender));
    const tooLarge = sender.sendMessages(withBody(largestBody + 1));
    await expect(tooLarge).rejects.toMatchObject({ code: 'MessageSizeExceeded' });
    await sender.sendMessages(withBody(largestBody));
    await sender.sendMessages(withBody(largestBody - 1));
    const receiver = bus.client.createReceiver('sizes', { receiveMode: 'receiveAndDelete' });
    expect(((await receiveOne(receiver)).body as Buffer).length).toBe(largestBody);
    expect(((await receiveOne(receiver)).body as Buffer).length).toBe(largestBody - 1);
    expect(await isEmpty(receiver)).toBe(true);
  });

  it('fault 19: takes a batch as large as the link allows, and the SDK adds no message beyond it', async () => {
    const sender = bus.client.createSender('batches');
    const batch = await sender.createMessageBatch();
    expect(batch.maxSizeInBytes).toBe(limitBytes);
    const body = Buffer.alloc(1000);
    while (batch.tryAddMessage({ body, messageId: 'm', applicationProperties: { counted: true } }));
    expect(batch.sizeInBytes).toBeGreaterThan(limitBytes - 1200);
    expect(batch.sizeInBytes).toBeLessThanOrEqual(limitBytes);
    await sender.sendMessages(batch);
    const receiver = bus.client.createReceiver('batches', { receiveMode: 'receiveAndDelete' });
    expect(await receiver.receiveMessages(batch.count, { maxWaitTimeInMs: 5000 })).toHaveLength(batch.count);

    const small = await sender.createMessageBatch({ maxSizeInBytes: kilobyte });
    expect(small.tryAddMessage({ body: Buffer.alloc(500) })).toBe(true);
    expect(small.tryAddMessage({ body: Buffer.alloc(500) })).toBe(false);
    await expect(sender.createMessageBatch({ maxSizeInBytes: limitBytes + 1 })).rejects.toThrow(/greater than|max/i);
  });

  it('refuses properties of more than 64 KB together', async () => {
    const sender = bus.client.createSender('heads');
    const withNotes = (count: number) => ({
      body: 1,
      applicationProperties: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`note-${index}`, 'x'.repeat(kilobyte)]),
      ),
    });
    await expect(sender.sendMessages(withNotes(64))).rejects.toThrow(/bytes together; 65536 is the most/);
    await sender.sendMessages(withNotes(60));
    const [message] = await bus.client.createReceiver('heads').peekMessages(1);
    expect(Object.keys(message?.applicationProperties ?? {})).toHaveLength(60);
  });

  it.each(['messageId', 'sessionId', 'partitionKey'])('takes a %s of 128 characters and no more', async (name) => {
    const sender = bus.client.createSender('ids');
    await sender.sendMessages({ body: 1, [name]: 'x'.repeat(128) });
    await expect(sender.sendMessages({ body: 1, [name]: 'x'.repeat(129) })).rejects.toThrow(/128/);
  });

  it('refuses messages once it is as large as it may be, until some are gone', async () => {
    const client = bus.connect({ retryOptions: { maxRetries: 0 } });
    const sender = client.createSender('full');
    const message = { body: Buffer.alloc(250 * kilobyte) };
    for (let count = 0; count < 5; count += 1) await sender.sendMessages(message);
    await expect(sender.sendMessages(message)).rejects.toMatchObject({
      code: 'QuotaExceeded',
      message: expect.stringContaining("has been reached or exceeded for Queue: 'full'") as unknown,
    });
    await expect(sender.scheduleMessages(message, new Date())).rejects.toMatchObject({ code: 'QuotaExceeded' });
    await receiveOne(client.createReceiver('full', { receiveMode: 'receiveAndDelete' }));
    await sender.sendMessages(message);
  });

  it('that is disabled says so to who sends or receives', async () => {
    const client = bus.connect({ retryOptions: { maxRetries: 0 } });
    const disabled = { code: 'MessagingEntityDisabled' };
    const sendTo = (name: string) => client.createSender(name).sendMessages({ body: 1 });
    const receiveFrom = (name: string) => client.createReceiver(name).receiveMessages(1, { maxWaitTimeInMs: 200 });
    await expect(sendTo('disabled')).rejects.toMatchObject(disabled);
    await expect(receiveFrom('disabled')).rejects.toMatchObject(disabled);
    await expect(sendTo('send-disabled')).rejects.toMatchObject(disabled);
    expect(await receiveFrom('send-disabled')).toEqual([]);
    await sendTo('receive-disabled');
    await expect(receiveFrom('receive-disabled')).rejects.toMatchObject(disabled);
  });
});
