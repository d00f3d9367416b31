import type { EventHubProducerClient } from '@azure/event-hubs';
import { onceEach } from '../../kernel/once.ts';
import { identity, need, settings } from '../environment.ts';
import { retryOptions } from './retry-options.ts';

/** One producer a hub: by connection string where one is set, by identity elsewhere. Who calls it stands behind the guard. */
export const hub = onceEach(async (name): Promise<EventHubProducerClient> => {
  const { EventHubProducerClient } = await import('@azure/event-hubs');
  const { EventHubsConnection: connection } = settings();
  return connection === undefined
    ? new EventHubProducerClient(need('EventHubsConnection__fullyQualifiedNamespace'), name, identity, { retryOptions })
    : new EventHubProducerClient(connection, name, { retryOptions });
});
