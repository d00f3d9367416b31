// The store's thread: a batch is one transaction and then its reads, so a read never sees what could still be rolled back.
import { parentPort, workerData } from 'node:worker_threads';
import { type Database, openDatabase, toWriteFailure } from './database.ts';
import { packValues, unpackTexts, unpackValues } from './packed-values.ts';
import type { Batch, Read, ReadAnswer, WorkerAnswer } from './protocol.ts';
import { DatabaseFailure, type StoreFailure } from './store-errors.ts';

function answer(message: WorkerAnswer, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function write(database: Database, batch: Batch): StoreFailure | undefined {
  if (batch.values.lengths.length === 0) return undefined;
  try {
    database.write(unpackTexts(batch.spaces), unpackTexts(batch.keys), unpackValues(batch.values));
    return undefined;
  } catch (error) {
    return toWriteFailure(error);
  }
}

function read(database: Database, wanted: Read): ReadAnswer {
  try {
    const rows =
      wanted.kind === 'get'
        ? [database.get(wanted.space, wanted.key)].filter((row) => row !== undefined)
        : database.scan(wanted.space, wanted.from, wanted.before, wanted.limit);
    return { keys: rows.map((row) => row.key), values: packValues(rows.map((row) => row.value)) };
  } catch (error) {
    if (error instanceof DatabaseFailure) return error.failure;
    return { kind: 'unusable', message: `the local store cannot be read (${String(error)}). Start again.` };
  }
}

/** The store shrinks when nobody has asked it for anything that long. */
const idleMs = 500;

function shrinkWhenIdle(database: Database): { refresh(): unknown } {
  const timer = setTimeout(() => database.shrink() && timer.refresh(), idleMs).unref();
  return timer;
}

function serve(database: Database, message: Batch | { kind: 'close' }): void {
  if (message.kind === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  const failure = write(database, message);
  const reads = message.reads.map((wanted) => read(database, wanted));
  const buffers = reads.flatMap((found) => ('values' in found ? [found.values.bytes.buffer] : []));
  answer({ kind: 'batch', reads, ...(failure && { failure }) }, buffers);
}

try {
  const database = openDatabase(workerData as string);
  const idle = shrinkWhenIdle(database);
  parentPort?.on('message', (message: Batch | { kind: 'close' }) => {
    serve(database, message);
    idle.refresh();
  });
  answer({ kind: 'opened', notices: database.notices ?? [] });
} catch (error) {
  const message = `the local store cannot be opened (${String(error)}).`;
  answer({
    kind: 'refused',
    failure: error instanceof DatabaseFailure ? error.failure : { kind: 'unusable', message },
  });
}
