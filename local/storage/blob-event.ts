// A change of a blob as the event that Azure raises for it.
// https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
import { randomUUID } from 'node:crypto';
import type { BlobModel } from 'azurite/dist/src/blob/BlobServer.js';

export type BlobApi = 'PutBlob' | 'PutBlockList' | 'CopyBlob' | 'DeleteBlob';

/** In the Event Grid schema. */
export interface BlobEvent {
  readonly topic: string;
  readonly subject: string;
  readonly eventType: 'Microsoft.Storage.BlobCreated' | 'Microsoft.Storage.BlobDeleted';
  readonly id: string;
  readonly eventTime: string;
  readonly dataVersion: '';
  readonly metadataVersion: '1';
  readonly data: Readonly<Record<string, unknown>>;
}

export interface BlobChange {
  readonly api: BlobApi;
  /** What it is now, or was before it was deleted. */
  readonly blob: BlobModel;
  readonly requestId: string;
  readonly clientRequestId?: string | undefined;
  readonly atMs: number;
  /** Later changes of a blob have a greater one, compared as text. */
  readonly sequencer: string;
}

export function blobEvent(change: BlobChange, port: number): BlobEvent {
  const { api, blob, requestId, clientRequestId, atMs, sequencer } = change;
  const { accountName, containerName, name, properties } = blob;
  const path = [accountName, containerName, ...name.split('/')].map(encodeURIComponent).join('/');
  const isGone = api === 'DeleteBlob';
  return {
    topic: `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${accountName}`,
    subject: `/blobServices/default/containers/${containerName}/blobs/${name}`,
    eventType: isGone ? 'Microsoft.Storage.BlobDeleted' : 'Microsoft.Storage.BlobCreated',
    id: randomUUID(),
    eventTime: new Date(atMs).toISOString().replace('Z', '0000Z'),
    dataVersion: '',
    metadataVersion: '1',
    data: {
      api,
      ...(clientRequestId !== undefined && { clientRequestId }),
      requestId,
      ...(!isGone && { eTag: properties.etag.replaceAll('"', '') }),
      contentType: properties.contentType ?? 'application/octet-stream',
      ...(!isGone && { contentLength: properties.contentLength ?? 0 }),
      blobType: properties.blobType ?? 'BlockBlob',
      url: `http://127.0.0.1:${port}/${path}`,
      sequencer,
      storageDiagnostics: { batchId: randomUUID() },
    },
  };
}

/** Sequencers that grow, also when the clock is set back while the process runs. */
export function createSequencer(): (nowMs: number) => string {
  let lastMs = 0;
  let count = 0;
  return (nowMs) => {
    lastMs = Math.max(lastMs, nowMs);
    count += 1;
    return lastMs.toString(16).padStart(32, '0') + count.toString(16).padStart(16, '0');
  };
}
