// The blobs of videos: what clients upload, what was taken in, and what players fetch.
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { AppError } from '../../kernel/errors.ts';
import { containers } from '../../kernel/topology.ts';
import type { VideoFiles } from '../../videos/video-store.ts';
import { orUndefined, statusOf, unlessStatus, withStorage } from '../storage-errors.ts';

const hashBlockBytes = 8 * 1024 * 1024;
/** Event Grid gives its receivers 30 s; within a storage account a copy takes a moment. */
const copyPolls = 40;
const copyPollMs = 500;

/** With and without quotes it is the same content. */
const bare = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

export function blobVideoFiles(blobs: BlobServiceClient): VideoFiles {
  const blob = (container: string, name: string): BlockBlobClient =>
    blobs.getContainerClient(container).getBlockBlobClient(name);
  const accepted = (videoId: string): BlockBlobClient => blob(containers.accepted, videoId);
  const incoming = (videoId: string): BlockBlobClient => blob(containers.incoming, videoId);
  return {
    uploaded: async (videoId) => {
      const found = await orUndefined(() => incoming(videoId).getProperties());
      return found === undefined ? undefined : { etag: bare(found.etag), sizeBytes: found.contentLength ?? 0 };
    },
    accept: (videoId, etag) => accept(incoming(videoId), accepted(videoId), etag),
    discardUpload: async (videoId) => void (await withStorage(() => incoming(videoId).deleteIfExists())),
    source: (videoId, sizeBytes) => ({
      sizeBytes,
      read: (offset, wanted) => withStorage(() => accepted(videoId).downloadToBuffer(offset, wanted)),
    }),
    sha256: async (videoId) => {
      const { contentLength = 0 } = await withStorage(() => accepted(videoId).getProperties());
      const hash = createHash('sha256');
      for (let offset = 0; offset < contentLength; offset += hashBlockBytes) {
        const wanted = Math.min(hashBlockBytes, contentLength - offset);
        hash.update(await withStorage(() => accepted(videoId).downloadToBuffer(offset, wanted)));
      }
      return hash.digest('hex');
    },
    putRendition: async (name, contentType, bytes) => {
      const blobHTTPHeaders = { blobContentType: contentType, blobCacheControl: 'private, max-age=86400' };
      await withStorage(() => blob(containers.renditions, name).upload(bytes, bytes.byteLength, { blobHTTPHeaders }));
    },
    readRendition: (name) => orUndefined(() => blob(containers.renditions, name).downloadToBuffer()),
  };
}

/** The first copy stays: it is made only where nothing is, and says by its metadata what it was made of. */
async function accept(from: BlockBlobClient, to: BlockBlobClient, etag: string) {
  const options = {
    conditions: { ifNoneMatch: '*' },
    sourceConditions: { ifMatch: `"${etag}"` },
    metadata: { contentetag: etag },
  };
  try {
    await unlessStatus([409], () => from.getProperties().then(() => to.beginCopyFromURL(from.url, options)));
  } catch (error) {
    const status = statusOf(error);
    if (status !== 412 && status !== 404) throw error;
    throw new AppError('upload-changed', 'The upload was changed while it was taken in', { cause: error });
  }
  for (let poll = 0; poll < copyPolls; poll += 1) {
    const { copyStatus, metadata, contentLength = 0 } = await withStorage(() => to.getProperties());
    if (copyStatus !== 'pending') return { etag: metadata?.['contentetag'] ?? etag, sizeBytes: contentLength };
    await wait(copyPollMs);
  }
  throw new AppError('storage-unavailable', 'The upload is still being copied; it is taken in later');
}
