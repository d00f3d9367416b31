// Keeps a kind of work flowing: asks the hub for as much as there are free places, and runs it.
import { setImmediate, setTimeout as delay } from 'node:timers/promises';

export interface WorkLoopOptions<Work> {
  /** How many run at once. */
  readonly places: number;
  /** Waits at the hub until there is work, or a while has passed. */
  readonly fetch: (max: number) => Promise<readonly Work[]>;
  /** Must not reject. */
  readonly run: (work: Work) => Promise<void>;
  readonly onUnreachable: () => Promise<void>;
  readonly signal: AbortSignal;
}

const retryMs = 100;

/** Ends when the signal is aborted; what runs then is not waited for. */
export async function runWorkLoop<Work>(options: WorkLoopOptions<Work>): Promise<void> {
  const { places, fetch, run, signal } = options;
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    if (running.size >= places) {
      await Promise.race(running);
      // Those that end together leave their places together.
      await setImmediate();
    }
    try {
      for (const work of await fetch(places - running.size)) {
        const done = run(work).finally(() => running.delete(done));
        running.add(done);
      }
    } catch {
      if (signal.aborted) return;
      await options.onUnreachable();
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
