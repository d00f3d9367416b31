import type { ServiceBusClient } from '@azure/service-bus';
import { guards } from '../resilience/guards.ts';
import { serviceBusSender } from './service-bus-sender.ts';

/** The SDK is loaded with the first call, which stands behind the guard. */
export const serviceBus = async (): Promise<ServiceBusClient> => (await import('./service-bus-client.ts')).client;

export const sender = serviceBusSender(serviceBus, guards['service-bus']);
