// Runs a function for one blob: its content, and its metadata under Azure's names.
import type { BlobDownloadResponseParsed, ContainerClient, RestError } from '@azure/storage-blob';
import { buffer } from 'node:stream/consumers';
import type { Invoke, LoadedFunction, TypedData } from '../function-app.ts';
import type { BlobPattern } from './blob-path.ts';
import type { BlobMessage } from './blob-queue.ts';

export interface BlobRun {
  readonly fn: LoadedFunction;
  readonly container: ContainerClient;
  readonly pattern: BlobPattern;
  readonly invoke: Invoke;
  /** Only the version the message names: another has, or gets, a message of its own. */
  readonly isVersionStrict: boolean;
}

/** False when the function failed, or the blob could not be read. A blob that has gone is as good as done. */
export async function runBlob(
  { BlobName, ETag }: Pick<BlobMessage, 'BlobName' | 'ETag'>,
  run: BlobRun,
): Promise<boolean> {
  const { fn, container, pattern, invoke, isVersionStrict } = run;
  const parameters = pattern.match(BlobName);
  if (!parameters) return true;
  const blob = container.getBlobClient(BlobName);
  let found: BlobDownloadResponseParsed;
  try {
    found = await blob.download(0, undefined, isVersionStrict ? { conditions: { ifMatch: `"${ETag}"` } } : {});
  } catch (error) {
    const { statusCode } = error as RestError;
    if (statusCode === 404 || statusCode === 412) return true;
    throw error;
  }
  const path = `${container.containerName}/${BlobName}`;
  const source = isVersionStrict ? 'LogsAndContainerScan' : 'EventGrid';
  const content = found.readableStreamBody ? await buffer(found.readableStreamBody) : Buffer.alloc(0);
  return invoke({
    fn,
    reason: `New blob detected(${source}): ${path}`,
    data: blobData(content, fn.trigger['dataType']),
    triggerMetadata: {
      BlobTrigger: { string: path },
      Uri: { string: blob.url },
      Properties: { json: JSON.stringify(blobProperties(found)) },
      Metadata: { json: JSON.stringify(found.metadata ?? {}) },
      ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { string: value }])),
    },
  }).then(
    () => true,
    () => false,
  );
}

/** Bytes, unless the app asks for text. */
export function blobData(content: Buffer, dataType: unknown): TypedData {
  return dataType === 'string' ? { string: content.toString() } : { bytes: content };
}

function blobProperties(blob: BlobDownloadResponseParsed): object {
  return {
    BlobType: blob.blobType,
    ContentLength: blob.contentLength,
    ContentType: blob.contentType,
    ContentEncoding: blob.contentEncoding,
    ContentLanguage: blob.contentLanguage,
    ContentDisposition: blob.contentDisposition,
    CacheControl: blob.cacheControl,
    ETag: blob.etag,
    CreatedOn: blob.createdOn,
    LastModified: blob.lastModified,
    LeaseState: blob.leaseState,
    LeaseStatus: blob.leaseStatus,
  };
}
