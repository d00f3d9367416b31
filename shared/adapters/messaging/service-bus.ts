import type { ServiceBusClient } from '@azure/service-bus';
import { once } from '../../kernel/once.ts';
import { identity, need, settings } from '../environment.ts';
import { guards } from '../resilience/guards.ts';
import { retryOptions } from './retry-options.ts';
import { serviceBusSender } from './service-bus-sender.ts';

/** By connection string where one is set, by identity elsewhere. Who calls it stands behind the guard. */
export const serviceBus = once(async (): Promise<ServiceBusClient> => {
  const { ServiceBusClient } = await import('@azure/service-bus');
  const { ServiceBusConnection: connection } = settings();
  return connection === undefined
    ? new ServiceBusClient(need('ServiceBusConnection__fullyQualifiedNamespace'), identity, { retryOptions })
    : new ServiceBusClient(connection, { retryOptions });
});

export const sender = serviceBusSender(serviceBus, guards['service-bus']);
