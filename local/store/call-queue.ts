// Calls on their way to the store's thread: one batch is there at a time, and what is called meanwhile is the next one.
import type { Worker } from 'node:worker_threads';
import { packTexts, packValues, unpackValues } from './packed-values.ts';
import type { Batch, Read, ReadAnswer, WorkerAnswer } from './protocol.ts';
import type { Change, Row } from './row.ts';
import { STOPPED, type StoreFailure, toStoreError } from './store-errors.ts';

interface WaitingRead extends Pick<PromiseWithResolvers<Row[]>, 'resolve' | 'reject'> {
  readonly read: Read;
}
interface Calls {
  readonly changes: Change[];
  /** One for all commits of the batch: they succeed or fail together. Undefined when there is none. */
  committed?: PromiseWithResolvers<void>;
  readonly reads: WaitingRead[];
}

const noCalls = (): Calls => ({ changes: [], reads: [] });

export class CallQueue {
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  #waiting = noCalls();
  #underWay: Calls | undefined;
  #isScheduled = false;
  #refusal: StoreFailure | undefined;
  #closed: Promise<void> | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    worker.on('error', ({ message }) =>
      this.#stop({ kind: 'stopped', message: `the local store has stopped (${message}). Start again.` }),
    );
  }

  commit(changes: readonly Change[]): Promise<void> {
    if (this.#refusal) return Promise.reject(toStoreError(this.#refusal));
    for (const change of changes) this.#waiting.changes.push(change);
    this.#waiting.committed ??= Promise.withResolvers();
    this.#schedule();
    return this.#waiting.committed.promise;
  }

  read(read: Read): Promise<Row[]> {
    if (this.#refusal) return Promise.reject(toStoreError(this.#refusal));
    return new Promise((resolve, reject) => {
      this.#waiting.reads.push({ read, resolve, reject });
      this.#schedule();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    // A read is answered after everything called before it, so its answer says that all of it is on disk.
    const drained = this.#refusal ? undefined : this.read({ kind: 'get', space: '', key: '' });
    this.#refusal ??= STOPPED;
    await drained?.catch(() => undefined);
    this.#worker.postMessage({ kind: 'close' }, []);
    await this.#exited;
  }

  /** At the end of the tick, so that everything called in it goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#underWay) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#waiting.committed || this.#waiting.reads.length > 0) this.#send();
    });
  }

  #send(): void {
    this.#underWay = this.#takeWaiting();
    const batch = toBatch(this.#underWay);
    this.#worker.postMessage(batch, [batch.values.bytes.buffer]);
  }

  #takeWaiting(): Calls {
    const waiting = this.#waiting;
    this.#waiting = noCalls();
    return waiting;
  }

  #settle(answer: WorkerAnswer): void {
    const done = this.#underWay;
    if (answer.kind !== 'batch' || !done) return;
    this.#underWay = undefined;
    if (answer.failure) {
      // What was called before the failure was known may build on what is lost: it is not written either.
      const followers = this.#waiting;
      this.#waiting = { changes: [], reads: followers.reads };
      for (const { committed } of [done, followers]) committed?.reject(toStoreError(answer.failure));
    } else done.committed?.resolve();
    for (const [index, waiting] of done.reads.entries()) settleRead(waiting, answer.reads[index]);
    if (answer.failure?.kind === 'stopped') this.#stop(answer.failure);
    this.#schedule();
  }

  #stop(failure: StoreFailure): void {
    this.#refusal = failure;
    for (const calls of [this.#underWay, this.#takeWaiting()]) {
      for (const call of [calls?.committed, ...(calls?.reads ?? [])]) call?.reject(toStoreError(failure));
    }
    this.#underWay = undefined;
  }
}

function toBatch({ changes, reads }: Calls): Batch {
  return {
    kind: 'batch',
    spaces: packTexts(changes.map(({ space }) => space)),
    keys: packTexts(changes.map(({ key }) => key)),
    values: packValues(changes.map(({ value }) => value)),
    reads: reads.map(({ read }) => read),
  };
}

function settleRead(waiting: WaitingRead, answer: ReadAnswer | undefined): void {
  if (!answer) return waiting.reject(toStoreError({ kind: 'stopped', message: 'the local store gave no answer' }));
  if ('kind' in answer) return waiting.reject(toStoreError(answer));
  const values = unpackValues(answer.values);
  waiting.resolve(answer.keys.flatMap((key, index) => (values[index] ? [{ key, value: values[index] }] : [])));
}
