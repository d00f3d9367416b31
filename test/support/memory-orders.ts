import type { OrderChangePorts } from '../../shared/orders/append-events.ts';
import type { StoredOrderEvent } from '../../shared/orders/events.ts';
import type { OrderStore } from '../../shared/orders/order-store.ts';
import type { OutboxMessage } from '../../shared/kernel/outbox.ts';

/** The order ports in memory, with what they were asked to do kept for the test to look at. */
export interface MemoryOrders extends OrderChangePorts {
  readonly streams: Map<string, { events: StoredOrderEvent[]; requestHash?: string }>;
  readonly outbox: OutboxMessage[];
  /** "hint", "append" and "publish" in the order they came. */
  readonly calls: string[];
  /** Runs once, just before the next append: another writer that is quicker. */
  interfere: (() => void) | undefined;
}

export function memoryOrders(): MemoryOrders {
  const streams: MemoryOrders['streams'] = new Map();
  const outbox: OutboxMessage[] = [];
  const calls: string[] = [];
  const orders: OrderStore = {
    load: async (orderId) => structuredClone(streams.get(orderId) ?? { events: [] }),
    append: async (orderId, expectedVersion, batch) => {
      const { interfere } = ports;
      ports.interfere = undefined;
      interfere?.();
      const stream = streams.get(orderId) ?? { events: [] };
      if (stream.events.length !== expectedVersion) return false;
      calls.push('append');
      const stored = batch.events.map(({ event, eventId }, index) => ({
        ...event,
        eventId,
        at: batch.at,
        version: expectedVersion + 1 + index,
      }));
      const requestHash = stream.requestHash ?? batch.requestHash;
      streams.set(orderId, {
        events: [...stream.events, ...stored],
        ...(requestHash === undefined ? {} : { requestHash }),
      });
      outbox.push(...batch.outbox);
      return true;
    },
  };
  const ports: MemoryOrders = {
    streams,
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
