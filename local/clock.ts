/**
 * Time as the local Azure sees it: everything that waits or stamps takes a Clock, so that a test can own time.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Runs `run` once when `now()` has reached `atMs`, at the earliest on the next turn; any distance in the future will do.
   * A promise it answers must not reject: it ends when what the timer began has ended, and a clock that skips waits for it.
   */
  setTimer(atMs: number, run: () => void | Promise<void>): { cancel(): void };
}

/** What setTimeout takes at most: beyond it, it fires at once. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The machine's clock. A timer longer than setTimeout allows (24.8 days) is split. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(atMs, run) {
    let timeout: NodeJS.Timeout;
    const arm = (): void => {
      const remainingMs = Math.max(0, atMs - Date.now());
      timeout =
        remainingMs > longestTimeoutMs ? setTimeout(arm, longestTimeoutMs) : setTimeout(fireOrRearm, remainingMs);
    };
    // setTimeout may fire a millisecond early against Date.now(), and the wall clock may have been set back.
    const fireOrRearm = (): void => void (Date.now() < atMs ? arm() : run());
    arm();
    return { cancel: () => clearTimeout(timeout) };
  },
};
