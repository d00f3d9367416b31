import type { OrderChangePorts } from '../../shared/orders/append-events.ts';
import type { StoredOrderEvent } from '../../shared/orders/events.ts';
import type { OrderSnapshot, OrderStore, StoredClaim } from '../../shared/orders/order-store.ts';
import type { OutboxMessage } from '../../shared/kernel/outbox.ts';

/** The order ports in memory, with what they were asked to do kept for the test to look at. */
export interface MemoryOrders extends OrderChangePorts {
  readonly streams: Map<string, { events: StoredOrderEvent[] }>;
  readonly snapshots: Map<string, OrderSnapshot>;
  readonly outbox: OutboxMessage[];
  /** "hint", "append" and "publish" in the order they came. */
  readonly calls: string[];
  /** Runs once, just before the next append: another writer that is quicker. */
  interfere: (() => void) | undefined;
}

export function memoryOrders(): MemoryOrders {
  const streams: MemoryOrders['streams'] = new Map();
  const snapshots: MemoryOrders['snapshots'] = new Map();
  const claims = new Map<string, StoredClaim>();
  const outbox: OutboxMessage[] = [];
  const calls: string[] = [];
  async function* events(orderId: string, { after = 0, upTo = Number.POSITIVE_INFINITY } = {}) {
    const stored = streams.get(orderId)?.events ?? [];
    yield* structuredClone(stored.filter(({ version }) => version > after && version <= upTo));
  }
  const orders: OrderStore = {
    load: async (orderId) => {
      const snapshot = structuredClone(snapshots.get(orderId));
      if (snapshot === undefined) return { events: events(orderId) };
      return { snapshot, events: events(orderId, { after: snapshot.order.version }) };
    },
    events,
    findClaim: async (orderId, claimId) => claims.get(`${orderId}/${claimId}`),
    append: async (orderId, expectedVersion, batch) => {
      const { interfere } = ports;
      ports.interfere = undefined;
      interfere?.();
      const stream = streams.get(orderId) ?? { events: [] };
      const claimKey = `${orderId}/${batch.claim?.claimId}`;
      // A batch of no events conflicts with no version.
      if (batch.events.length > 0 && stream.events.length !== expectedVersion) return undefined;
      if (claims.has(claimKey)) return undefined;
      calls.push('append');
      const stored = batch.events.map(({ event, eventId }, index) => ({
        ...event,
        eventId,
        at: batch.at,
        version: expectedVersion + 1 + index,
      }));
      streams.set(orderId, { events: [...stream.events, ...stored] });
      if (batch.claim !== undefined) claims.set(claimKey, batch.claim);
      outbox.push(...batch.outbox);
      return batch.outbox.map((message, index) => ({
        rowKey: `${expectedVersion}-${index}`,
        at: batch.at,
        ...message,
      }));
    },
    keepSnapshot: async (orderId, snapshot) => void snapshots.set(orderId, structuredClone(snapshot)),
  };
  const ports: MemoryOrders = {
    streams,
    snapshots,
    outbox,
    calls,
    interfere: undefined,
    orders,
    leaveHint: async () => void calls.push('hint'),
    publish: async () => void calls.push('publish'),
    now: () => Date.parse('2026-01-02T03:04:05.000Z'),
  };
  return ports;
}

/** Adds an event as another process would. */
export function addEvent(ports: MemoryOrders, orderId: string, event: Pick<StoredOrderEvent, 'type' | 'data'>): void {
  const stream = ports.streams.get(orderId) ?? { events: [] };
  const version = stream.events.length + 1;
  const stored = { ...event, version, eventId: `other-${version}`, at: '2026-01-02T03:04:05.000Z' } as StoredOrderEvent;
  ports.streams.set(orderId, { ...stream, events: [...stream.events, stored] });
}
