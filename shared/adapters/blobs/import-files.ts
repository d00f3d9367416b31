import type { ContainerClient } from '@azure/storage-blob';
import type { ImportFiles } from '../../imports/sales-import.ts';
import { type BlobClaimStore, blobClaimStore } from './claim-check.ts';
import { withStorage } from '../storage-errors.ts';

/** What a crash left behind is collected by age, like a claim. */
export const blobImportFiles = (container: ContainerClient): ImportFiles & Pick<BlobClaimStore, 'collect'> => ({
  ...blobClaimStore(() => container),
  remove: async (name) => {
    await withStorage(() => container.getBlobClient(name).deleteIfExists());
  },
});
