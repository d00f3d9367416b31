// Work that is ready and whoever waits for it: first come, first served, each item once.
import type { Clock } from '../clock.ts';

interface Waiter {
  wake(): void;
}

export class WorkQueue<Item> {
  readonly #ready = new Map<string, Item>();
  readonly #waiters = new Set<Waiter>();
  readonly #keyOf: (item: Item) => string;
  readonly #clock: Clock;

  constructor(keyOf: (item: Item) => string, clock: Clock) {
    this.#keyOf = keyOf;
    this.#clock = clock;
  }

  /** An item that is already in the queue keeps its place. */
  offer(item: Item): void {
    const key = this.#keyOf(item);
    if (this.#ready.has(key)) return;
    this.#ready.set(key, item);
    this.#wakeOne();
  }

  isEmpty(): boolean {
    return this.#ready.size === 0;
  }

  take(): Item | undefined {
    for (const [key, item] of this.#ready) {
      this.#ready.delete(key);
      return item;
    }
    return undefined;
  }

  /** Resolves when there may be work, when the deadline has passed or `signal` is aborted. */
  wait(deadlineMs: number, signal: AbortSignal): Promise<void> {
    if (this.#ready.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(waiter);
        timer.cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiter = { wake };
      const timer = this.#clock.setTimer(deadlineMs, wake);
      signal.addEventListener('abort', wake);
      this.#waiters.add(waiter);
    });
  }

  /** To be called by a waiter that leaves work behind. */
  passOn(): void {
    if (this.#ready.size > 0) this.#wakeOne();
  }

  wakeAll(): void {
    for (const waiter of this.#waiters) waiter.wake();
  }

  #wakeOne(): void {
    for (const waiter of this.#waiters) return waiter.wake();
  }
}
