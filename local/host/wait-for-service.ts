// Waits for a service that is not there yet, and says once what it waits for.
import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly log: (text: string) => void;
  readonly stopping: AbortSignal;
  /** An error that waiting does not mend. Default: none is. */
  readonly isFinal?: (error: unknown) => boolean;
}

const betweenTriesMs = 250;

/** What `attempt` answers at last. @throws its error when it is final or the host stops */
export async function waitForService<T>(
  name: string,
  attempt: () => Promise<T>,
  { log, stopping, isFinal = () => false }: WaitOptions,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (stopping.aborted || isFinal(error)) throw error;
      if (tries === 1) log(`Waiting for ${name}: ${error instanceof Error ? error.message : String(error)}`);
      await delay(betweenTriesMs, undefined, { signal: stopping });
    }
  }
}
