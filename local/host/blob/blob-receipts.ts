// Receipts: which version of which blob a function has been told of, as blobs in azure-webjobs-hosts, so that each fires
// once, also after a restart and with several hosts
// [learn.microsoft.com/azure/azure-functions/functions-bindings-storage-blob-trigger: blob receipts].
import type { ContainerClient, RestError } from '@azure/storage-blob';
import { functionIdOf } from './blob-queue.ts';

export interface BlobVersion {
  readonly name: string;
  /** Without quotes. */
  readonly etag: string;
}

/** `later`: another host is at it, or was when it died. */
export type Claim = 'mine' | 'done' | 'later';

export interface BlobReceipts {
  /** Keys (`receiptKey`) of all that are done. */
  completed(): Promise<Set<string>>;
  claim(version: BlobVersion): Promise<Claim>;
  /** What was claimed is done. */
  complete(version: BlobVersion): Promise<void>;
}

export interface ReceiptScope {
  readonly hostId: string;
  readonly functionName: string;
  /** The container the function watches. */
  readonly container: string;
}

/** A claim this old is of a host that died: Azure's lease. */
const claimMs = 30_000;

export function receiptKey({ name, etag }: BlobVersion): string {
  return `${etag}/${name}`;
}

/** @param receipts the container azure-webjobs-hosts */
export function createBlobReceipts(receipts: ContainerClient, scope: ReceiptScope): BlobReceipts {
  const folder = `blobreceipts/${scope.hostId}/${functionIdOf(scope.functionName)}`;
  // The ETag first: a name may hold slashes.
  const receiptOf = ({ name, etag }: BlobVersion) =>
    receipts.getBlockBlobClient(`${folder}/${etag}/${scope.container}/${name}`);
  const claimed = { Completed: 'False' };
  return {
    completed: async () => {
      const done = new Set<string>();
      for await (const { name, metadata } of receipts.listBlobsFlat({ prefix: `${folder}/`, includeMetadata: true })) {
        const [etag = '', container, ...blobName] = name.slice(folder.length + 1).split('/');
        if (container === scope.container && isCompleted(metadata))
          done.add(receiptKey({ name: blobName.join('/'), etag }));
      }
      return done;
    },
    claim: async (version) => {
      const receipt = receiptOf(version);
      const isNew = await unlessTaken(receipt.upload('', 0, { metadata: claimed, conditions: { ifNoneMatch: '*' } }));
      if (isNew) return 'mine';
      const { metadata, etag = '', lastModified, date } = await receipt.getProperties();
      if (isCompleted(metadata)) return 'done';
      if (!lastModified || !date || date.getTime() - lastModified.getTime() < claimMs) return 'later';
      const isTakenOver = await unlessTaken(receipt.setMetadata(claimed, { conditions: { ifMatch: etag } }));
      return isTakenOver ? 'mine' : 'later';
    },
    complete: async (version) => {
      await receiptOf(version).setMetadata({ Completed: 'True' });
    },
  };
}

/** Storage gives names of metadata back in whatever case. */
function isCompleted(metadata: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(metadata).some(([name, value]) => name.toLowerCase() === 'completed' && value === 'True');
}

/** False when a condition was not met. */
async function unlessTaken(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    const { statusCode } = error as RestError;
    if (statusCode === 409 || statusCode === 412) return false;
    throw error;
  }
}
