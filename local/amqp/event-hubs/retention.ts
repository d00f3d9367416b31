// Once a minute, drops the events of every hub that are older, or more, than it keeps.
import type { Hub, Hubs } from '../../broker/logs/hub.ts';
import { logEndKey, logSpaces, rowKey } from '../../broker/logs/log-records.ts';
import { dropExpired, hasExpired, type PartitionLog } from '../../broker/logs/partition-log.ts';
import type { Clock } from '../../clock.ts';
import type { Change, Store } from '../../store/store.ts';
import { firstPageRows, nextPageRows } from './page-rows.ts';

const intervalMs = 60_000;

export interface RetentionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly waitClock: Clock;
  readonly hubs: () => Hubs;
  readonly commit: (changes: readonly Change[]) => Promise<void>;
}

export function startRetention({ store, clock, waitClock, hubs, commit }: RetentionOptions): { stop(): void } {
  let isStopped = false;
  let timer = arm();

  function arm() {
    return waitClock.setTimer(waitClock.now() + intervalMs, () => sweep());
  }

  async function sweep(): Promise<void> {
    try {
      for (const hub of hubs().values()) for (const log of hub.partitions) await drop(hub, log);
    } catch {
      // The store is read anew, or ends: the next sweep sees to it.
    }
    if (!isStopped) timer = arm();
  }

  /** A page at a time, so that what is sent and read meanwhile goes on. */
  async function drop({ definition: retention }: Hub, log: PartitionLog): Promise<void> {
    let pageRows = firstPageRows;
    while (hasExpired(log, clock.now(), retention)) {
      const range = {
        from: rowKey(log.key, log.ends.firstSequenceNumber),
        before: logEndKey(log.key),
        limit: pageRows,
      };
      const page = await store.scan(logSpaces.events, range);
      pageRows = nextPageRows(page);
      const changes = dropExpired(log, page, { nowMs: clock.now(), retention });
      if (changes.length === 0) return;
      const { firstSequenceNumber, firstOffset, firstEnqueuedAtMs } = log.ends;
      await commit(changes);
      log.readable = { ...log.readable, firstSequenceNumber, firstOffset, firstEnqueuedAtMs };
    }
  }

  return {
    stop() {
      isStopped = true;
      timer.cancel();
    },
  };
}
