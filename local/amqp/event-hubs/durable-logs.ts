// The hubs with their store and clock: events are answered, and shown to receivers, when they are on disk.
import { createHubs, type Destination, type Hub, hubAt, type Hubs, partitionFor } from '../../broker/logs/hub.ts';
import type { HubDefinition } from '../../broker/logs/definitions.ts';
import { type EventRow, putProducer } from '../../broker/logs/log-records.ts';
import { append, type EncodeEvent, type PartitionLog } from '../../broker/logs/partition-log.ts';
import { isNextBatch, type NumberedBatch } from '../../broker/logs/producers.ts';
import { createTail, remember, rowInTail, type Tail } from '../../broker/logs/tail.ts';
import type { Clock } from '../../clock.ts';
import type { Change, Store } from '../../store/store.ts';
import { recoverHubs } from './recover-hubs.ts';
import { startRetention } from './retention.ts';

export interface DurableLogs {
  /** False also while the hubs are read anew; names in any case. */
  has(hubName: string): boolean;
  /** @throws BrokerError entity-not-found; any other error while the hubs are read anew */
  hub(name: string): Hub;
  /**
   * Appends events that were sent together to one partition, in order; resolves when they are on disk. With a `batch` that
   * was sent before, when they have been.
   * @throws BrokerError entity-not-found, argument-out-of-range, producer-stolen, out-of-order; any other error when the store fails
   */
  publish(
    hubName: string,
    destination: Destination,
    events: readonly Uint8Array[],
    batch?: NumberedBatch,
  ): Promise<void>;
  /** The row that holds an event, when it is among the newest that can be read. */
  newestRow(log: PartitionLog, sequenceNumber: number): EventRow | undefined;
  close(): void;
}

export interface DurableLogsOptions {
  readonly store: Store;
  readonly definitions: readonly HubDefinition[];
  readonly encode: EncodeEvent;
  readonly clock: Clock;
  /** When to look for events that are too old goes by it. */
  readonly waitClock: Clock;
  /** There is more to read. */
  readonly onReadable: (log: PartitionLog) => void;
  /** The store refused a commit: the hubs are being read from it anew. */
  readonly onReset: (error: unknown) => void;
}

export async function openDurableLogs(options: DurableLogsOptions): Promise<DurableLogs> {
  const { store, clock, encode } = options;
  const names = new Set(options.definitions.map(({ name }) => name.toLowerCase()));
  const tails = new WeakMap<PartitionLog, Tail>();
  const read = () => recoverHubs(createHubs(options.definitions), store, clock.now());
  let hubs: Hubs | undefined = await read();
  let isClosed = false;

  function present(): Hubs {
    if (!hubs || isClosed) throw new Error('it is starting again. Try again in a moment.');
    return hubs;
  }

  const publish: DurableLogs['publish'] = async (hubName, destination, events, batch) => {
    if (events.length === 0) return;
    const log = partitionFor(hubAt(present(), hubName), destination);
    if (batch && !isNextBatch(log.producers, batch)) return await waitForRepeated(log, batch.id);
    const { partitionKey } = destination;
    const { row, changes } = append(log, events, { nowMs: clock.now(), partitionKey, encode, batch });
    const { ends } = log;
    await commit(changes);
    // Commits end in the order in which they were called, so the end only moves on.
    log.readable = ends;
    remember(tailOf(log), row);
    options.onReadable(log);
  };

  /** Its first sending may still be on its way to the disk: a commit behind it ends after it. */
  async function waitForRepeated(log: PartitionLog, id: number): Promise<void> {
    const producer = log.producers.get(id);
    if (producer) await commit([putProducer(log.key, id, producer)]);
  }

  async function commit(changes: readonly Change[]): Promise<void> {
    try {
      await store.commit(changes);
    } catch (error) {
      reset(error);
      throw error;
    }
  }

  /** Memory is ahead of the disk: what is on disk is the truth. */
  function reset(error: unknown): void {
    if (!hubs || isClosed) return;
    hubs = undefined;
    options.onReset(error);
    void reload();
  }

  async function reload(): Promise<void> {
    try {
      hubs = await read();
    } catch {
      if (!isClosed) clock.setTimer(clock.now() + 1000, () => void reload());
    }
  }

  function tailOf(log: PartitionLog): Tail {
    const tail = tails.get(log) ?? createTail();
    tails.set(log, tail);
    return tail;
  }

  const retention = startRetention({
    store,
    clock,
    waitClock: options.waitClock,
    commit,
    hubs: () => hubs ?? new Map(),
  });
  return {
    has: (name) => names.has(name.toLowerCase()),
    hub: (name) => hubAt(present(), name),
    publish,
    newestRow: (log, sequenceNumber) => rowInTail(tailOf(log), sequenceNumber),
    close() {
      isClosed = true;
      retention.stop();
    },
  };
}
