// The broker core with its store and clock: an operation changes memory at once and is answered when it is on disk.
import { allRows } from './all-rows.ts';
import type { Clock } from '../clock.ts';
import { type Broker, createBroker, type Sources } from '../broker/entities/broker.ts';
import type { NamespaceDefinition } from '../broker/entities/definitions.ts';
import { nextDueAtMs, runDue } from '../broker/operations/due.ts';
import { finishRecovery, recoverRecord, recoveryOrder } from '../broker/records/recover.ts';
import { type LostSession, newTurn, type Turn } from '../broker/turn.ts';
import { spaces, splitRecordKey } from '../broker/records/records.ts';
import { StoreCorruptError } from '../store/store-errors.ts';
import type { Store } from '../store/store.ts';

export interface DurableBroker {
  /**
   * Runs an operation now; what it changes is committed together. Resolves with its answer once that is on disk.
   * @throws BrokerError as the operation does, nothing is changed then; any other error when the store fails
   */
  run<T>(operation: (broker: Broker, turn: Turn) => T): Promise<T>;
  /** Looks at the state now. @throws BrokerError as the look does; any other error while the store is read anew */
  look<T>(operation: (broker: Broker, turn: Turn) => T): T;
  close(): void;
}

export interface DurableBrokerOptions {
  readonly store: Store;
  readonly definition: NamespaceDefinition;
  readonly sources: Sources;
  readonly clock: Clock;
  /** Something became ready in these mailboxes. */
  readonly onReadied: (mailboxKeys: Iterable<string>) => void;
  readonly onSessionsLost: (sessions: readonly LostSession[]) => void;
  /** The store refused a commit: memory is being read from it anew, every lock is gone. */
  readonly onReset: (error: unknown) => void;
}

export async function openDurableBroker(options: DurableBrokerOptions): Promise<DurableBroker> {
  const { store, clock } = options;
  let broker: Broker | undefined = await recoverBroker(options);
  let alarm: { readonly atMs: number; cancel(): void } | undefined;
  /** An answer may rest on what is still being written: that a message is a duplicate, for one. */
  let latestCommit: Promise<void> = Promise.resolve();
  let isArming = false;
  let isClosed = false;

  function run<T>(operation: (broker: Broker, turn: Turn) => T): Promise<T> {
    const turn = newTurn(clock.now());
    let answer: T;
    try {
      answer = operation(present(), turn);
    } catch (error) {
      return Promise.reject(error);
    }
    if (turn.changes.length > 0) commit(turn);
    announce(turn);
    armSoon();
    return latestCommit.then(() => answer);
  }

  function present(): Broker {
    if (!broker || isClosed) throw new Error('it is starting again. Try again in a moment.');
    return broker;
  }

  function commit(turn: Turn): void {
    const committed = store.commit(turn.changes);
    // What is written together has one promise.
    if (committed === latestCommit) return;
    latestCommit = committed;
    committed.catch(reset);
  }

  function announce(turn: Turn): void {
    if (turn.lostSessions.length > 0) options.onSessionsLost(turn.lostSessions);
    if (turn.readied.size > 0) options.onReadied(turn.readied);
  }

  /** Memory is ahead of the disk: what is on disk is the truth. */
  function reset(error: unknown): void {
    if (!broker || isClosed) return;
    broker = undefined;
    options.onReset(error);
    void reload();
  }

  async function reload(): Promise<void> {
    try {
      broker = await recoverBroker(options);
      latestCommit = Promise.resolve();
      armSoon();
    } catch {
      const retryAtMs = clock.now() + 1000;
      if (!isClosed) clock.setTimer(retryAtMs, () => void reload());
    }
  }

  /** Once for all operations of a tick. */
  function armSoon(): void {
    if (isArming) return;
    isArming = true;
    queueMicrotask(() => {
      isArming = false;
      arm();
    });
  }

  /** An alarm that rings too early costs less than moving it at every message. */
  function arm(): void {
    if (!broker || isClosed) return;
    const atMs = nextDueAtMs(broker);
    if (atMs === undefined || (alarm && alarm.atMs <= atMs)) return;
    alarm?.cancel();
    const timer = clock.setTimer(atMs, () => {
      alarm = undefined;
      return run(runDue).catch(() => undefined);
    });
    alarm = { atMs, cancel: () => timer.cancel() };
  }

  armSoon();
  return {
    run,
    look: (operation) => operation(present(), newTurn(clock.now())),
    close() {
      isClosed = true;
      alarm?.cancel();
    },
  };
}

async function recoverBroker({ store, definition, sources, clock }: DurableBrokerOptions): Promise<Broker> {
  const broker = createBroker(definition, sources);
  let strays = 0;
  try {
    for (const space of recoveryOrder)
      for await (const row of allRows(store, space)) if (!recoverRecord(broker, space, row)) strays += 1;
  } catch (error) {
    throw withMessageNamed(error);
  }
  if (strays > 0)
    console.warn(
      `local Service Bus: ${strays} stored records belong to entities the topology no longer names; they are kept.`,
    );
  const turn = newTurn(clock.now());
  finishRecovery(broker, turn);
  if (turn.changes.length > 0) await store.commit(turn.changes);
  return broker;
}

/** The store knows rows; people know messages. */
function withMessageNamed(error: unknown): unknown {
  if (!(error instanceof StoreCorruptError) || error.space !== spaces.messages) return error;
  const { mailboxKey, suffix } = splitRecordKey(error.key);
  return new Error(`Message ${Number(suffix)} of '${mailboxKey}' is damaged: ${error.message}`, { cause: error });
}
