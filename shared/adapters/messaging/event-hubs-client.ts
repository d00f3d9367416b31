import { EventHubProducerClient } from '@azure/event-hubs';
import { onceEach } from '../../kernel/once.ts';
import { need, settings } from '../environment.ts';
import { identity } from '../identity.ts';
import { retryOptions } from './retry-options.ts';

const { EventHubsConnection: connection } = settings();

/** One a hub: by connection string where one is set, by identity elsewhere. */
export const producer = onceEach((hub) =>
  connection === undefined
    ? new EventHubProducerClient(need('EventHubsConnection__fullyQualifiedNamespace'), hub, identity, { retryOptions })
    : new EventHubProducerClient(connection, hub, { retryOptions }),
);
