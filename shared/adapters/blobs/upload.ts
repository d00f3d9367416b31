// A stream of any length into one blob at constant memory: a few blocks in flight, each with its MD5, nothing there until the end.
import { createHash } from 'node:crypto';
import type { BlockBlobClient } from '@azure/storage-blob';
import { AppError } from '../../kernel/errors.ts';
import { withStorage } from '../storage-errors.ts';

const blockBytes = 8 * 1024 * 1024;
const inFlight = 2;

export interface StagedUpload {
  readonly sizeBytes: number;
  /** Makes the blob of the staged blocks. */
  commit(contentType: string): Promise<void>;
}

/**
 * @param limitBytes undefined: as much as comes
 * @throws AppError upload-too-large, storage-unavailable, and whatever the stream throws
 */
export async function stageBlocks(
  blob: BlockBlobClient,
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number | undefined,
): Promise<StagedUpload> {
  const ids: string[] = [];
  const staging = new Set<Promise<void>>();
  let block: Uint8Array[] = [];
  let pendingBytes = 0;
  let sizeBytes = 0;
  let failure: { readonly error: unknown } | undefined;
  const stage = async (): Promise<void> => {
    const bytes = Buffer.concat(block);
    block = [];
    pendingBytes = 0;
    const id = Buffer.from(String(ids.length).padStart(8, '0')).toString('base64');
    ids.push(id);
    const sent = stageBlock(blob, id, bytes)
      .catch((error: unknown) => void (failure ??= { error }))
      .finally(() => staging.delete(sent));
    staging.add(sent);
    if (staging.size >= inFlight) await Promise.race(staging);
    if (failure !== undefined) throw failure.error;
  };
  for await (const chunk of chunks) {
    sizeBytes += chunk.byteLength;
    if (limitBytes !== undefined && sizeBytes > limitBytes) throw tooLarge(limitBytes);
    for (let rest = chunk; rest.byteLength > 0; ) {
      const part = rest.subarray(0, blockBytes - pendingBytes);
      block.push(part);
      pendingBytes += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (pendingBytes === blockBytes) await stage();
    }
  }
  if (pendingBytes > 0) await stage();
  await Promise.all(staging);
  if (failure !== undefined) throw failure.error;
  return {
    sizeBytes,
    commit: async (contentType) => {
      const options = { blobHTTPHeaders: { blobContentType: contentType } };
      await withStorage(() => blob.commitBlockList(ids, options));
    },
  };
}

/** The service compares the MD5, so nothing is stored that was damaged on its way. */
async function stageBlock(blob: BlockBlobClient, id: string, bytes: Buffer): Promise<void> {
  const transactionalContentMD5 = createHash('md5').update(bytes).digest();
  await withStorage(() => blob.stageBlock(id, bytes, bytes.byteLength, { transactionalContentMD5 }));
}

export const tooLarge = (limitBytes: number): AppError =>
  new AppError(
    'upload-too-large',
    `More than ${limitBytes} bytes cannot be uploaded here: POST /api/v1/videos gives an address that takes them`,
  );
