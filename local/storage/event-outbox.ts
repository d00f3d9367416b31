// Blob events on their way to Event Grid. They wait in a collection of Azurite's own database, so a blob and its event are saved in
// one go: what a crash leaves behind is both or neither, and nothing needs to be searched for afterwards.
import { setTimeout as delay } from 'node:timers/promises';
import type { LokiDatabase } from 'azurite/dist/src/blob/BlobServer.js';
import { createTroubles } from '../troubles.ts';
import type { BlobEvent } from './blob-event.ts';
import type { Saver } from './save-before-answer.ts';

const collectionName = '$MILLRACE_BLOB_EVENTS$';
const largestBatch = 100;
const retryMs = 1_000;
const work = 'Telling Event Grid of blobs';

export interface EventOutbox {
  put(event: BlobEvent): void;
  /** Begins to hand over, with what an earlier run left. */
  start(): void;
  /** Hands over no more; what waits is handed over by the next run. */
  close(): void;
}

export interface EventOutboxOptions {
  readonly db: LokiDatabase;
  /** Undefined when nothing is kept. */
  readonly saver: Saver | undefined;
  /** Resolves when Event Grid has noted them. Repeated until then, so one may come twice. */
  readonly send: (events: readonly BlobEvent[]) => Promise<void>;
}

export function createEventOutbox({ db, saver, send }: EventOutboxOptions): EventOutbox {
  const collection = () => db.getCollection<BlobEvent>(collectionName) ?? db.addCollection<BlobEvent>(collectionName);
  const closing = new AbortController();
  let wake = () => {};
  const troubles = createTroubles((line) => process.stderr.write(`storage: ${line}\n`));

  async function handOver(events: BlobEvent[]): Promise<void> {
    // A consumer that is told of a blob finds it, also after a crash.
    await saver?.settled();
    await send(events.map(plain));
    if (closing.signal.aborted) return;
    collection().remove(events);
    troubles.works(work);
    // Without this an idle account would tell of them again after a restart.
    saver?.settled().catch(() => {});
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const events = collection().chain().limit(largestBatch).data();
      if (events.length === 0) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      await handOver(events).catch((error: unknown) => {
        if (!closing.signal.aborted) troubles.fails(work, String(error));
        return delay(retryMs, undefined, { signal: closing.signal }).catch(() => {});
      });
    }
  }

  return {
    put: (event) => {
      collection().insert({ ...event });
      wake();
    },
    start: () => void run(),
    close: () => {
      closing.abort();
      wake();
    },
  };
}

/** Without what the database adds to its documents. */
function plain({ topic, subject, eventType, id, eventTime, dataVersion, metadataVersion, data }: BlobEvent): BlobEvent {
  return { topic, subject, eventType, id, eventTime, dataVersion, metadataVersion, data };
}
