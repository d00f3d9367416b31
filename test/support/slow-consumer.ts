// A consumer in a process of its own, to be frozen: arguments are the broker's port and a queue. It locks one message and prints
// `locked`; a line on standard input makes it complete the message and print what came of it.
import { createInterface } from 'node:readline';
import { ServiceBusClient } from '@azure/service-bus';
import { connectionString, receiveOne } from './service-bus.ts';

const [port = '', queue = ''] = process.argv.slice(2);
const client = new ServiceBusClient(connectionString(Number(port)), { retryOptions: { maxRetries: 0 } });
const receiver = client.createReceiver(queue);
const message = await receiveOne(receiver);
console.log('locked');
for await (const _line of createInterface({ input: process.stdin })) {
  const outcome = receiver.completeMessage(message);
  console.log(
    await outcome.then(
      () => 'completed',
      (error: { code?: string }) => error.code,
    ),
  );
}
await client.close();
