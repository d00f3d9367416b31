// Output binding to a storage queue; the queue is made where it is missing, as Azure's binding does.
import { QueueClient } from '@azure/storage-queue';
import { connectionOf, neededOption } from '../binding-options.ts';
import type { QueueOptions } from '../host-json.ts';
import { outputItems, type SendOutput } from '../output-items.ts';
import type { Environment } from '../settings.ts';

export function createQueueOutput(environment: Environment, encoding: QueueOptions['messageEncoding']): SendOutput {
  const queues = new Map<string, Promise<QueueClient>>();
  const open = async (connection: string, name: string): Promise<QueueClient> => {
    const queue = new QueueClient(connection, name);
    await queue.createIfNotExists();
    return queue;
  };
  return async (binding, value, expand) => {
    const connection = connectionOf(binding, environment);
    const name = expand(neededOption(binding, 'queueName'));
    const key = `${connection}\n${name}`;
    const opening = queues.get(key) ?? open(connection, name);
    queues.set(key, opening);
    const queue = await opening.catch((error: unknown) => {
      queues.delete(key);
      throw error;
    });
    for (const { body } of outputItems(value)) await queue.sendMessage(encodeText(body, encoding));
  };
}

function encodeText(body: Buffer, encoding: QueueOptions['messageEncoding']): string {
  return body.toString(encoding === 'base64' ? 'base64' : 'utf8');
}
