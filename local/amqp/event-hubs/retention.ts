// Once a minute, drops the events of every hub that are older than it keeps them.
import type { Hub, Hubs } from '../../broker/logs/hub.ts';
import { logEndKey, logSpaces, rowKey } from '../../broker/logs/log-records.ts';
import { dropExpired, isEmpty, type PartitionLog } from '../../broker/logs/partition-log.ts';
import type { Clock } from '../../clock.ts';
import type { Change, Store } from '../../store/store.ts';

const intervalMs = 60_000;
const pageRows = 32;

export interface RetentionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly hubs: () => Hubs;
  readonly commit: (changes: readonly Change[]) => Promise<void>;
}

export function startRetention({ store, clock, hubs, commit }: RetentionOptions): { stop(): void } {
  let isStopped = false;
  let timer = arm();

  function arm() {
    return clock.setTimer(clock.now() + intervalMs, () => void sweep());
  }

  async function sweep(): Promise<void> {
    try {
      for (const hub of hubs().values()) for (const log of hub.partitions) await drop(hub, log);
    } catch {
      // The store is read anew, or ends: the next sweep sees to it.
    }
    if (!isStopped) timer = arm();
  }

  async function drop({ definition: { retentionMs } }: Hub, log: PartitionLog): Promise<void> {
    while (!isEmpty(log.ends) && log.ends.firstEnqueuedAtMs + retentionMs <= clock.now()) {
      const range = {
        from: rowKey(log.key, log.ends.firstSequenceNumber),
        before: logEndKey(log.key),
        limit: pageRows,
      };
      const page = await store.scan(logSpaces.events, range);
      const changes = dropExpired(log, page, { nowMs: clock.now(), retentionMs });
      if (changes.length === 0) return;
      const { ends } = log;
      await commit(changes);
      log.readable = {
        ...log.readable,
        firstSequenceNumber: ends.firstSequenceNumber,
        firstEnqueuedAtMs: ends.firstEnqueuedAtMs,
      };
    }
  }

  return {
    stop() {
      isStopped = true;
      timer.cancel();
    },
  };
}
