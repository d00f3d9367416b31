import { BlobServiceClient, type ContainerClient, newPipeline } from '@azure/storage-blob';
import { once } from '../../kernel/once.ts';
import { need, settings } from '../environment.ts';
import { identity } from '../identity.ts';
import { guardedPolicy } from '../resilience/guarded-http.ts';
import { guards } from '../resilience/guards.ts';

/** By connection string where one is set, by identity elsewhere; guarded. */
export const blobs = once((): BlobServiceClient => {
  const { AzureWebJobsStorage: storage } = settings();
  const account = storage === undefined ? undefined : BlobServiceClient.fromConnectionString(storage);
  const pipeline = newPipeline(account?.credential ?? identity, { retryOptions: { maxTries: 1 } });
  pipeline.factories.push(guardedPolicy(guards.storage));
  return new BlobServiceClient(
    account?.url ?? need('AzureWebJobsStorage__blobServiceUri').replace(/\/$/, ''),
    pipeline,
  );
});

export const container = (name: string): ContainerClient => blobs().getContainerClient(name);
