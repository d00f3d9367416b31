// Results on their way to the hub. What is finished while a request is under way goes with the next one, and each result
// is sent until the hub has it or says that it came too late.
import { setTimeout as delay } from 'node:timers/promises';
import type { ResultAnswer, ResultsRequest, WorkResult } from '../../durable-protocol/work.ts';

interface Waiting {
  readonly result: WorkResult;
  readonly sent: () => void;
}

const firstRetryMs = 50;
const longestRetryMs = 1_000;

export class ResultOutbox {
  readonly #send: (request: ResultsRequest) => Promise<readonly ResultAnswer[]>;
  readonly #signal: AbortSignal;
  #waiting: Waiting[] = [];
  #isSending = false;

  /** Once the signal is aborted nothing is sent any more. */
  constructor(send: (request: ResultsRequest) => Promise<readonly ResultAnswer[]>, signal: AbortSignal) {
    this.#send = send;
    this.#signal = signal;
  }

  /** Resolves when the hub has it, or does not want it. */
  deliver(result: WorkResult): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ result, sent: resolve });
    if (!this.#isSending) void this.#sendAll();
    return promise;
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    let retryMs = firstRetryMs;
    while (this.#waiting.length > 0 && !this.#signal.aborted) {
      const batch = this.#waiting;
      this.#waiting = [];
      const failed = await this.#sendBatch(batch);
      this.#waiting.unshift(...failed);
      if (failed.length === 0) retryMs = firstRetryMs;
      else {
        await delay(retryMs, undefined, { signal: this.#signal }).catch(() => undefined);
        retryMs = Math.min(2 * retryMs, longestRetryMs);
      }
    }
    this.#isSending = false;
  }

  /** Answers those to be sent again. */
  async #sendBatch(batch: readonly Waiting[]): Promise<Waiting[]> {
    const answers = await this.#send({ results: batch.map(({ result }) => result) }).catch(() => []);
    const failed: Waiting[] = [];
    for (const [index, waiting] of batch.entries()) {
      if (answers[index] === 'done' || answers[index] === 'late') waiting.sent();
      else failed.push(waiting);
    }
    return failed;
  }
}
