// Azurite answers from memory and saves every 5 s: kill -9 takes acknowledged blobs and messages with it. Here a write is answered
// after the databases it touched are saved, as long as saving is quick; writes of one moment share one save.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { AzuriteServer, SavedDatabase } from 'azurite/dist/src/blob/BlobServer.js';

/**
 * A save writes a whole database. When each of the latest took longer than this, answers stop waiting for it and saves get rarer: a
 * large database does that, a busy machine only now and then.
 */
const longestSaveWorthWaitingMs = 50;
const latestSaves = 5;

/** How many times its own duration the loop rests after a save: quick ones take half of the time at most, slow ones a fifth. */
const restAfterQuickSave = 1;
const restAfterSlowSave = 4;

export interface Saver {
  /** Resolves when what is in memory now is saved, or at once while saves are slow. @throws when the disk refuses. */
  settled(): Promise<void>;
  /** Resolves when no save is under way or due. */
  idle(): Promise<void>;
}

/**
 * Makes a server save before it answers anything but GET and HEAD.
 * Differs from Azure: no fsync, and with tens of thousands of blobs or messages an acknowledged write is saved a little later.
 */
export function saveBeforeAnswer(server: AzuriteServer): Saver {
  // A blob or message points into an extent, so extents are saved first.
  const saver = createSaver([server.extentMetadataStore.db, server.metadataStore.db]);
  const listeners = server.httpServer.listeners('request') as ((req: IncomingMessage, res: ServerResponse) => void)[];
  server.httpServer.removeAllListeners('request');
  server.httpServer.on('request', (req: IncomingMessage, res: ServerResponse) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') delayEnd(res, saver);
    for (const listener of listeners) listener(req, res);
  });
  return saver;
}

function delayEnd(res: ServerResponse, saver: Saver): void {
  const end = res.end.bind(res) as (...args: unknown[]) => ServerResponse;
  res.end = ((...args: unknown[]) => {
    saver.settled().then(
      () => end(...args),
      (error: unknown) => {
        process.stderr.write(`storage: cannot save, the write is not acknowledged: ${String(error)}\n`);
        res.destroy();
      },
    );
    return res;
  }) as typeof res.end;
}

const machineTime = { now: () => performance.now(), rest: (ms: number) => delay(ms) };

/** Saves what is dirty of `databases`, in their order, one save at a time. */
export function createSaver(databases: readonly SavedDatabase[], { now, rest } = machineTime): Saver {
  for (const database of databases) {
    database.autosaveDisable();
    database.throttledSaves = false;
  }
  const unsaved = new Set<SavedDatabase>();
  let due: Promise<void> | undefined;
  let latest: Promise<void> = Promise.resolve();
  /** Latest first. */
  let durationsMs: readonly number[] = [];
  let lastEndedAt = now();

  const slow = () => durationsMs.length === latestSaves && Math.min(...durationsMs) > longestSaveWorthWaitingMs;

  async function save(): Promise<void> {
    const startedAt = now();
    for (const database of databases) {
      if (!database.autosaveDirty() && !unsaved.has(database)) continue;
      // LokiJS forgets that it was dirty before the file is written.
      unsaved.add(database);
      await saved(database);
      unsaved.delete(database);
    }
    lastEndedAt = now();
    durationsMs = [lastEndedAt - startedAt, ...durationsMs].slice(0, latestSaves);
  }

  async function saveWhenRested(): Promise<void> {
    await latest.catch(() => {});
    const [lastDurationMs = 0] = durationsMs;
    const restMs = lastDurationMs * (slow() ? restAfterSlowSave : restAfterQuickSave);
    await rest(Math.max(0, lastEndedAt + restMs - now()));
    due = undefined;
    latest = save();
    return latest;
  }

  return {
    settled: () => {
      due ??= saveWhenRested();
      if (!slow()) return due;
      due.catch((error: unknown) => process.stderr.write(`storage: cannot save: ${String(error)}\n`));
      return Promise.resolve();
    },
    idle: async () => {
      for (let pending = due; pending; pending = due) await pending.catch(() => {});
      await latest.catch(() => {});
    },
  };
}

function saved(database: SavedDatabase): Promise<void> {
  return new Promise((resolve, reject) => {
    database.saveDatabase((error) => (error ? reject(error) : resolve()));
  });
}
