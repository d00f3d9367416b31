// Output binding to a queue or topic: text, object or bytes; an array is one message an element, sent in batches.
import type { ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import { connectionName, neededOption, textOption } from '../binding-options.ts';
import { outputItems, type SendOutput } from '../output-items.ts';
import type { ServiceBusClients } from './service-bus-clients.ts';

export function createServiceBusOutput(clients: ServiceBusClients): SendOutput {
  const senders = new Map<string, ServiceBusSender>();
  return async (binding, value, expand) => {
    const entity = expand(textOption(binding, 'queueName') ?? neededOption(binding, 'topicName'));
    const key = `${connectionName(binding)}/${entity}`;
    const sender = senders.get(key) ?? (await clients.get(binding)).createSender(entity);
    senders.set(key, sender);
    await sendAll(sender, [...outputItems(value)]);
  };
}

async function sendAll(sender: ServiceBusSender, messages: readonly ServiceBusMessage[]): Promise<void> {
  const [first] = messages;
  if (messages.length === 1 && first) return sender.sendMessages(first);
  let batch = await sender.createMessageBatch();
  for (const message of messages) {
    if (batch.tryAddMessage(message)) continue;
    if (batch.count > 0) await sender.sendMessages(batch);
    batch = await sender.createMessageBatch();
    if (!batch.tryAddMessage(message)) await sender.sendMessages(message);
  }
  if (batch.count > 0) await sender.sendMessages(batch);
}
