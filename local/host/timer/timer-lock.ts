// One host at a time has a timer: a blob lease, taken whenever it is free and renewed while it is held.
// Differs from Azure: a timer's lease is a minute there; here 15 s, so that a host that died is replaced sooner.
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobLeaseClient, BlockBlobClient, RestError } from '@azure/storage-blob';

const leaseSeconds = 15;
const renewEveryMs = 5_000;
/** Before the lease runs out for others it has run out for its holder. */
const holdMs = 12_000;
const lookAgainMs = 1_000;

export interface TimerLock {
  /** Gives the lock back when what `whileHeld` began has ended. */
  stop(): Promise<void>;
}

export interface Held {
  /** Resolves when nothing runs any more. */
  end(): Promise<void>;
}

/**
 * Resolves when it is known whether the lock is free.
 * @param whileHeld begins what the lock guards; when it throws, the lock is given back and taken again a little later
 * @throws when storage does not answer
 */
export async function keepLock(
  blob: BlockBlobClient,
  whileHeld: () => Promise<Held>,
  warn: (text: string) => void,
): Promise<TimerLock> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined);

  async function hold(lease: BlobLeaseClient): Promise<void> {
    try {
      const held = await whileHeld();
      await renewUntilLost(lease);
      await held.end();
    } catch (error) {
      warn(`It cannot begin yet: ${(error as Error).message}`);
    }
    await lease.releaseLease().catch(() => undefined);
  }

  /** Resolves when the lease is another's, or when this host stops. */
  async function renewUntilLost(lease: BlobLeaseClient): Promise<void> {
    let heldUntilMs = performance.now() + holdMs;
    for (await pause(renewEveryMs); !signal.aborted; await pause(renewEveryMs)) {
      const triedAtMs = performance.now();
      const failure = await renew(lease);
      if (!failure) heldUntilMs = triedAtMs + holdMs;
      else if (isTaken(failure) || performance.now() + renewEveryMs > heldUntilMs)
        return warn(`Its lock is lost: ${failure.message}`);
    }
  }

  async function keep(first: BlobLeaseClient | undefined): Promise<void> {
    if (first) await hold(first);
    while (!signal.aborted) {
      await pause(lookAgainMs);
      const lease = signal.aborted ? undefined : await acquire(blob).catch(() => undefined);
      if (lease) await hold(lease);
    }
  }

  const keeping = keep(await acquire(blob));
  return {
    async stop() {
      stopping.abort();
      await keeping;
    },
  };
}

/** Undefined: another host has it. */
async function acquire(blob: BlockBlobClient): Promise<BlobLeaseClient | undefined> {
  const lease = blob.getBlobLeaseClient();
  try {
    await lease.acquireLease(leaseSeconds);
    return lease;
  } catch (error) {
    if (isTaken(error)) return undefined;
    if ((error as RestError).statusCode !== 404) throw error;
  }
  await blob.upload('', 0, { conditions: { ifNoneMatch: '*' } }).catch((error: unknown) => {
    if (!isTaken(error)) throw error;
  });
  return acquire(blob);
}

async function renew(lease: BlobLeaseClient): Promise<Error | undefined> {
  return lease.renewLease().then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

/** 409 and 412: the lease, or the blob, is somebody else's. 404: storage has forgotten it. */
function isTaken(error: unknown): boolean {
  return [409, 412].includes((error as RestError).statusCode ?? 0);
}
