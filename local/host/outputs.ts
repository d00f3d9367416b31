// Sends the values of output bindings, each by its kind.
import { createEventGridOutput } from './event-grid/event-grid-output.ts';
import type { QueueOptions } from './host-json.ts';
import type { SendOutput } from './output-items.ts';
import type { ServiceBusClients } from './service-bus/service-bus-clients.ts';
import type { Environment } from './settings.ts';
import { whenNeeded } from './when-needed.ts';

export interface OutputContext {
  readonly environment: Environment;
  readonly queues: QueueOptions;
  readonly serviceBus: ServiceBusClients;
}

export function createSendOutput({ environment, queues, serviceBus }: OutputContext): SendOutput {
  const byType: Readonly<Record<string, SendOutput>> = {
    servicebus: whenNeeded(async () => {
      const { createServiceBusOutput } = await import('./service-bus/service-bus-output.ts');
      return createServiceBusOutput(serviceBus);
    }),
    eventhub: whenNeeded(async () => {
      const { createEventHubOutput } = await import('./event-hub/event-hub-output.ts');
      return createEventHubOutput(environment);
    }),
    eventgrid: createEventGridOutput(environment),
    queue: whenNeeded(async () => {
      const { createQueueOutput } = await import('./storage-queue/queue-output.ts');
      return createQueueOutput(environment, queues.messageEncoding);
    }),
    blob: whenNeeded(async () => {
      const { createBlobOutput } = await import('./blob/blob-output.ts');
      return createBlobOutput(environment);
    }),
    table: whenNeeded(async () => {
      const { createTableOutput } = await import('./table/table-output.ts');
      return createTableOutput(environment);
    }),
  };
  return async (binding, value, expand) => byType[binding.type.toLowerCase()]?.(binding, value, expand);
}
