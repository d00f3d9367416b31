// Blobs and tables of a running local Azure, as its app sees them.
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { storageConnectionString } from '../../local/supervisor/settings.ts';
import type { LocalAzure } from './local-azure.ts';

/** The connection string of the account, from the addresses it printed. */
export function storageOf(azure: LocalAzure): string {
  const port = (what: string): number => {
    const found = new RegExp(`${what}\\s+http://[^:\\s]+:(\\d+)`).exec(azure.output())?.[1];
    if (found === undefined) throw new Error(`it did not print where ${what} answer`);
    return Number(found);
  };
  return storageConnectionString({ blob: port('Blobs'), queue: port('Queues'), table: port('Tables') });
}

export const tableOf = (azure: LocalAzure, name: string): TableClient =>
  TableClient.fromConnectionString(storageOf(azure), name, { allowInsecureConnection: true });

export const blobsOf = (azure: LocalAzure): BlobServiceClient =>
  BlobServiceClient.fromConnectionString(storageOf(azure));

/** Names of all blobs of a container. */
export async function blobNames(azure: LocalAzure, container: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of blobsOf(azure).getContainerClient(container).listBlobsFlat()) names.push(name);
  return names;
}
