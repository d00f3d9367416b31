// Fires the timers in the store when they are due; in memory there is only the next one.
import type { Store } from '../store/store.ts';
import type { Clock } from '../clock.ts';
import { type DueTimer, nextTimers } from './instance-rows.ts';

export interface TimersOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Must take the timer's row away. */
  readonly onDue: (timer: DueTimer) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const batchSize = 100;
/** When a due timer could not be fired. */
const retryMs = 1_000;

export class Timers {
  readonly #options: TimersOptions;
  #armed: { readonly atMs: number; cancel(): void } | undefined;
  #isClosed = false;

  constructor(options: TimersOptions) {
    this.#options = options;
  }

  /** There is a timer at `atMs` in the store now. */
  arm(atMs: number): void {
    if (this.#isClosed || (this.#armed && this.#armed.atMs <= atMs)) return;
    this.#armed?.cancel();
    this.#armed = { atMs, ...this.#options.clock.setTimer(atMs, () => this.#fire()) };
  }

  close(): void {
    this.#isClosed = true;
    this.#armed?.cancel();
  }

  async #fire(): Promise<void> {
    const { store, clock, onDue, onError } = this.#options;
    this.#armed = undefined;
    try {
      for (;;) {
        const timers = await nextTimers(store, batchSize);
        if (this.#isClosed) return;
        const nowMs = clock.now();
        await Promise.all(timers.filter(({ fireAtMs }) => fireAtMs <= nowMs).map(onDue));
        const next = timers.find(({ fireAtMs }) => fireAtMs > nowMs);
        if (next) this.arm(next.fireAtMs);
        if (next || timers.length < batchSize) return;
      }
    } catch (error) {
      if (this.#isClosed) return;
      onError(error);
      this.arm(clock.now() + retryMs);
    }
  }
}
