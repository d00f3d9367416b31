// Calls on their way to the store's thread: one batch is there at a time, and what is called meanwhile is the next one.
import type { Worker } from 'node:worker_threads';
import { packValues, unpackValues } from './packed-values.ts';
import type { Batch, Read, ReadAnswer, WorkerAnswer } from './protocol.ts';
import type { Change, Row } from './row.ts';
import { type StoreFailure, toStoreError } from './store-errors.ts';

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}
interface WaitingCommit extends Waiting<void> {
  readonly changes: readonly Change[];
}
interface WaitingRead extends Waiting<Row[]> {
  readonly read: Read;
}
interface Calls {
  readonly commits: WaitingCommit[];
  readonly reads: WaitingRead[];
}

const STOPPED: StoreFailure = { kind: 'stopped', message: 'the local store is closed' };

export class CallQueue {
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  #waiting: Calls = { commits: [], reads: [] };
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
    return new Promise((resolve, reject) => {
      this.#waiting.commits.push({ changes, resolve, reject });
      this.#schedule();
    });
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
      if (this.#waiting.commits.length > 0 || this.#waiting.reads.length > 0) this.#send();
    });
  }

  #send(): void {
    this.#underWay = this.#takeWaiting();
    const batch = toBatch(this.#underWay);
    this.#worker.postMessage(batch, [batch.values.bytes.buffer]);
  }

  #takeWaiting(): Calls {
    const waiting = this.#waiting;
    this.#waiting = { commits: [], reads: [] };
    return waiting;
  }

  #settle(answer: WorkerAnswer): void {
    const done = this.#underWay;
    if (answer.kind !== 'batch' || !done) return;
    this.#underWay = undefined;
    if (answer.failure) {
      // What was called before the failure was known may build on what is lost: it is not written either.
      const followers = this.#waiting.commits.splice(0);
      rejectAll([...done.commits, ...followers], answer.failure);
    } else for (const commit of done.commits) commit.resolve();
    for (const [index, waiting] of done.reads.entries()) settleRead(waiting, answer.reads[index]);
    if (answer.failure?.kind === 'stopped') this.#stop(answer.failure);
    this.#schedule();
  }

  #stop(failure: StoreFailure): void {
    this.#refusal = failure;
    for (const calls of [this.#underWay, this.#takeWaiting()]) {
      if (calls) rejectAll([...calls.commits, ...calls.reads], failure);
    }
    this.#underWay = undefined;
  }
}

function rejectAll(calls: readonly Pick<Waiting<never>, 'reject'>[], failure: StoreFailure): void {
  for (const { reject } of calls) reject(toStoreError(failure));
}

function toBatch({ commits, reads }: Calls): Batch {
  const changes = commits.flatMap((commit) => commit.changes);
  return {
    kind: 'batch',
    spaces: changes.map((change) => change.space),
    keys: changes.map((change) => change.key),
    values: packValues(changes.map((change) => change.value)),
    reads: reads.map(({ read }) => read),
  };
}

function settleRead(waiting: WaitingRead, answer: ReadAnswer | undefined): void {
  if (!answer) return waiting.reject(toStoreError({ kind: 'stopped', message: 'the local store gave no answer' }));
  if ('kind' in answer) return waiting.reject(toStoreError(answer));
  const values = unpackValues(answer.values);
  waiting.resolve(answer.keys.flatMap((key, index) => (values[index] ? [{ key, value: values[index] }] : [])));
}
