import type { EventHubProducerClient } from '@azure/event-hubs';

/** One producer a hub. The SDK is loaded with the first call, which stands behind the guard. */
export const hub = async (name: string): Promise<EventHubProducerClient> =>
  (await import('./event-hubs-client.ts')).producer(name);
