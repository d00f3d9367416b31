import { ServiceBusClient } from '@azure/service-bus';
import { need, settings } from '../environment.ts';
import { identity } from '../identity.ts';
import { retryOptions } from './retry-options.ts';

const { ServiceBusConnection: connection } = settings();

/** By connection string where one is set, by identity elsewhere. Who calls it stands behind the guard. */
export const client =
  connection === undefined
    ? new ServiceBusClient(need('ServiceBusConnection__fullyQualifiedNamespace'), identity, { retryOptions })
    : new ServiceBusClient(connection, { retryOptions });
