// Claims in a container, each a blob named by its hash.
import type { ContainerClient } from '@azure/storage-blob';
import type { ClaimStore } from '../../kernel/claim-check.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';

export interface BlobClaimStore extends ClaimStore {
  /** Removes what was last stored before this time; answers how many there were. @throws AppError storage-unavailable */
  collect(before: Date): Promise<number>;
}

/** @param open answers the same container each time */
export function blobClaimStore(open: () => ContainerClient | Promise<ContainerClient>): BlobClaimStore {
  return {
    put: async (name, bytes) => {
      const container = await open();
      await withStorage(() => container.getBlockBlobClient(name).uploadData(bytes));
    },
    get: async (name) => {
      const container = await open();
      return await orUndefined(() => container.getBlobClient(name).downloadToBuffer());
    },
    collect: async (before) => {
      const container = await open();
      let collected = 0;
      for await (const { name, properties } of container.listBlobsFlat()) {
        if (properties.lastModified >= before) continue;
        // Stored anew since it was listed, it has another ETag and stays.
        const conditions = { ifMatch: properties.etag };
        if (await unlessStatus([404, 412], () => container.deleteBlob(name, { conditions }))) collected += 1;
      }
      return collected;
    },
  };
}
