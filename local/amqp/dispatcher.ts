// Brings ready messages to the receivers that have given credit, in turns, and sessions to those who wait for one.
import { type Delivery, receive } from '../broker/operations/receive.ts';
import { takeBack } from '../broker/operations/abandon.ts';
import type { LostSession } from '../broker/turn.ts';
import type { DurableBroker } from './durable-broker.ts';

export interface Consumer {
  readonly path: string;
  readonly mode: 'peek-lock' | 'receive-and-delete';
  readonly owner: string;
  readonly sessionId?: string | undefined;
  /** How many messages it takes now, those on their way already taken off. */
  wanted(): number;
  /** Sets places aside for messages that `deliver` or `release` will follow for. */
  reserve(count: number): void;
  /** Called in order, when the deliveries are on disk. False when the link is gone. */
  deliver(payloads: readonly Payload[]): boolean;
  /** Its session's lock ran out. */
  loseSession(): void;
}

export interface Payload {
  readonly token: string | undefined;
  readonly bytes: Buffer;
}

export interface Dispatcher {
  add(consumer: Consumer): void;
  remove(consumer: Consumer): void;
  /** Something may be deliverable there: credit came. */
  pump(mailboxKey: string): void;
  /** Messages became ready there; they are handed out once for all that became ready in the tick. */
  pumpSoon(mailboxKeys: Iterable<string>): void;
  loseSession(session: LostSession): void;
  /** Is asked before the consumers whenever something became ready, and removes itself when it is served. */
  addWaiter(path: string, waiter: () => void): void;
  removeWaiter(path: string, waiter: () => void): void;
}

export function createDispatcher(broker: () => DurableBroker, encode: (delivery: Delivery) => Buffer): Dispatcher {
  const consumers = new Map<string, Set<Consumer>>();
  const waiters = new Map<string, Set<() => void>>();
  const pending = new Set<string>();

  function pump(key: string): void {
    for (const waiter of waiters.get(key) ?? []) waiter();
    serve(key);
  }

  function pumpSoon(mailboxKeys: Iterable<string>): void {
    if (pending.size === 0) queueMicrotask(pumpPending);
    for (const key of mailboxKeys) pending.add(key);
  }

  /** Delivering makes other mailboxes ready: they are pending anew. */
  function pumpPending(): void {
    const keys = [...pending];
    pending.clear();
    keys.forEach(pump);
  }

  function serve(key: string): void {
    const group = consumers.get(key);
    if (!group) return;
    let hungry = [...group].filter((consumer) => consumer.wanted() > 0);
    while (hungry.length > 0) {
      const isAlone = hungry.length === 1;
      hungry = hungry.filter((consumer) => {
        const max = isAlone || consumer.sessionId !== undefined ? consumer.wanted() : 1;
        const count = handOut(consumer, max);
        if (count > 0) rotate(group, consumer);
        return count === max && consumer.wanted() > 0;
      });
    }
  }

  /** Returns how many there were. */
  function handOut(consumer: Consumer, max: number): number {
    let payloads: Payload[] = [];
    const { path, mode, owner, sessionId } = consumer;
    const committed = broker().run((state, turn) => {
      payloads = receive(state, turn, path, { mode, owner, sessionId, max }).map((delivery) => ({
        token: delivery.lock?.token,
        bytes: encode(delivery),
      }));
    });
    consumer.reserve(payloads.length);
    void deliverWhen(committed, consumer, payloads);
    return payloads.length;
  }

  async function deliverWhen(committed: Promise<void>, consumer: Consumer, payloads: readonly Payload[]) {
    try {
      await committed;
    } catch {
      // A session lock that ran out detaches its link; a store that fails resets every connection.
      return;
    }
    if (payloads.length > 0 && !consumer.deliver(payloads)) giveBack(consumer.path, payloads);
  }

  function giveBack(path: string, payloads: readonly Payload[]): void {
    const operation = broker().run((state, turn) => {
      for (const { token } of payloads) if (token !== undefined) takeBack(state, turn, path, token);
    });
    operation.catch(() => undefined);
  }

  return {
    add: (consumer) => groupOf(consumers, consumer.path).add(consumer),
    remove: (consumer) => groupOf(consumers, consumer.path).delete(consumer),
    addWaiter: (path, waiter) => groupOf(waiters, path).add(waiter),
    removeWaiter: (path, waiter) => groupOf(waiters, path).delete(waiter),
    pump,
    pumpSoon,
    loseSession({ mailboxKey, sessionId, owner }) {
      for (const consumer of consumers.get(mailboxKey) ?? [])
        if (consumer.sessionId === sessionId && consumer.owner === owner) consumer.loseSession();
    },
  };
}

function groupOf<T>(groups: Map<string, Set<T>>, path: string): Set<T> {
  const key = path.toLowerCase();
  const existing = groups.get(key);
  if (existing) return existing;
  const group = new Set<T>();
  groups.set(key, group);
  return group;
}

/** Who was served goes to the end of the line. */
function rotate(group: Set<Consumer>, consumer: Consumer): void {
  group.delete(consumer);
  group.add(consumer);
}
