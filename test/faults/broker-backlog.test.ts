// A broker that dies with a long queue has all of it again, and two brokers never share a folder.
import { ServiceBusClient } from '@azure/service-bus';
import { expect, test } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { brokerProcess } from '../support/broker-process.ts';
import { connectionString, receiveOne } from '../support/service-bus.ts';

const batches = 20;
const batchSize = 1000;

test('a broker that is killed with 20,000 messages waiting has the first, the last and all between', async () => {
  await using broker = brokerProcess({ serviceBus: { queues: [{ name: 'work' }] } });
  await broker.start();
  const before = new ServiceBusClient(connectionString(broker.port));
  const sender = before.createSender('work');
  for (let batch = 0; batch < batches; batch += 1) {
    const ids = Array.from({ length: batchSize }, (_, index) => String(batch * batchSize + index));
    await sender.sendMessages(ids.map((messageId) => ({ messageId, body: 'x'.repeat(100) })));
  }
  await expect(openStore({ directory: broker.data })).rejects.toThrow(/is in use by another process/);
  await broker.kill();
  await broker.start();

  const client = new ServiceBusClient(connectionString(broker.port));
  const receiver = client.createReceiver('work');
  const first = await receiveOne(receiver);
  expect(first.messageId).toBe('0');
  await receiver.completeMessage(first);
  const quick = client.createReceiver('work', { receiveMode: 'receiveAndDelete' });
  const ids = ['0'];
  while (ids.length < batches * batchSize) {
    const messages = await quick.receiveMessages(2000, { maxWaitTimeInMs: 10_000 });
    if (messages.length === 0) break;
    ids.push(...messages.map(({ messageId }) => String(messageId)));
  }
  expect(ids.map(Number)).toEqual(Array.from({ length: batches * batchSize }, (_, index) => index));
  await client.close();
  await before.close();
}, 120_000);
