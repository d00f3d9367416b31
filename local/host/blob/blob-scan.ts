// Watches a container by listing it: every version of a blob that has no receipt yet is sent to the blob queue.
import type { ContainerClient } from '@azure/storage-blob';
import { setTimeout as delay } from 'node:timers/promises';
import type { Listener } from '../listener.ts';
import { finished } from '../patience.ts';
import { receiptKey, type BlobReceipts, type BlobVersion } from './blob-receipts.ts';

export interface BlobScan {
  readonly container: ContainerClient;
  readonly matches: (blobName: string) => boolean;
  readonly receipts: BlobReceipts;
  /** Resolves when the version will not be forgotten. */
  readonly send: (version: BlobVersion, blobType: string) => Promise<void>;
  /** Told of an outage, once. */
  readonly warn: (text: string) => void;
}

/** Differs from Azure: a container is listed every 1 to 10 s, whatever its size, and its storage logs are not read; there blobs may wait for minutes. */
const pauses = { minMs: 1_000, maxMs: 10_000 };

/** @param done keys of the versions that need not be looked at */
export function scanContainer(scan: BlobScan, done: Set<string>): Listener {
  const stop = new AbortController();
  let known = done;
  let interrupted = false;

  const look = async (): Promise<boolean> => {
    try {
      const before = known;
      known = await scanOnce(scan, before, stop.signal);
      interrupted = false;
      return [...known].some((key) => !before.has(key));
    } catch (error) {
      const isMissing = (error as { statusCode?: number }).statusCode === 404;
      if (!interrupted && !isMissing && !stop.signal.aborted)
        scan.warn(`Looking for blobs in '${scan.container.containerName}' fails and is tried again: ${String(error)}`);
      interrupted = true;
      return false;
    }
  };
  const watch = async (): Promise<void> => {
    let pauseMs = pauses.minMs;
    while (!stop.signal.aborted) {
      pauseMs = (await look()) ? pauses.minMs : Math.min(pauseMs * 1.5, pauses.maxMs);
      await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  return {
    stop: async (patienceMs) => {
      stop.abort();
      await finished(watching, patienceMs);
    },
  };
}

/** Keys of the versions there now that need not be looked at again. */
async function scanOnce(scan: BlobScan, known: ReadonlySet<string>, stopping: AbortSignal): Promise<Set<string>> {
  const seen = new Set<string>();
  for await (const { name, properties } of scan.container.listBlobsFlat({ abortSignal: stopping })) {
    if (!scan.matches(name)) continue;
    const version = { name, etag: properties.etag.replaceAll('"', '') };
    const key = receiptKey(version);
    if (known.has(key) || (await announce(version, properties.blobType ?? 'BlockBlob', scan))) seen.add(key);
  }
  return seen;
}

/** False when it has to be looked at again. */
async function announce(version: BlobVersion, blobType: string, { receipts, send }: BlobScan): Promise<boolean> {
  const claim = await receipts.claim(version);
  if (claim !== 'mine') return claim === 'done';
  await send(version, blobType);
  await receipts.complete(version);
  return true;
}
