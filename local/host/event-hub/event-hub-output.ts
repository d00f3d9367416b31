// Output binding to an event hub: text, object or bytes; an array is one event an element, sent in batches.
import { EventHubProducerClient, type EventData } from '@azure/event-hubs';
import { outputItems, type SendOutput } from '../output-items.ts';
import type { Environment } from '../settings.ts';
import { eventHubOf, plainError, retryOptions } from './event-hub-connection.ts';

export function createEventHubOutput(environment: Environment): SendOutput {
  const producers = new Map<string, EventHubProducerClient>();
  return async (binding, value, expand) => {
    const { connection, eventHubName } = eventHubOf(binding, environment, expand);
    const key = `${connection}\n${eventHubName}`;
    const producer = producers.get(key) ?? new EventHubProducerClient(connection, eventHubName, { retryOptions });
    producers.set(key, producer);
    await sendAll(producer, outputItems(value)).catch((error: unknown) => {
      throw plainError(error);
    });
  };
}

async function sendAll(producer: EventHubProducerClient, events: readonly EventData[]): Promise<void> {
  let batch = await producer.createBatch();
  for (const event of events) {
    if (batch.tryAdd(event)) continue;
    if (batch.count > 0) await producer.sendBatch(batch);
    batch = await producer.createBatch();
    if (!batch.tryAdd(event)) throw new Error(`An event for '${producer.eventHubName}' is larger than the hub takes.`);
  }
  if (batch.count > 0) await producer.sendBatch(batch);
}
