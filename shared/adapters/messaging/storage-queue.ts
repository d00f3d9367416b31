import { newPipeline, QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { need, settings } from '../environment.ts';
import { identity } from '../identity.ts';
import { guardedPolicy } from '../resilience/guarded-http.ts';
import { guards } from '../resilience/guards.ts';

/** By connection string where one is set, by identity elsewhere; guarded. */
export function storageQueue(name: string): QueueClient {
  const { AzureWebJobsStorage: storage } = settings();
  const account = storage === undefined ? undefined : QueueServiceClient.fromConnectionString(storage);
  const pipeline = newPipeline(account?.['credential'] ?? identity, { retryOptions: { maxTries: 1 } });
  pipeline.factories.push(guardedPolicy(guards.storage));
  const url = account?.url ?? need('AzureWebJobsStorage__queueServiceUri');
  return new QueueClient(`${url.replace(/\/$/, '')}/${name}`, pipeline);
}
