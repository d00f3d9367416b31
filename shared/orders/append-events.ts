// The one way an order changes: load, decide, leave a hint, store events with their messages, publish.
import { AppError } from '../kernel/errors.ts';
import { deterministicId } from '../kernel/ids.ts';
import type { OutboxRow } from '../kernel/outbox.ts';
import type { OrderEvent, StoredOrderEvent } from './events.ts';
import type { Order } from './order.ts';
import { checkClaim, claimIdOf, type OrderClaim } from './order-claim.ts';
import { extendHistory, isSnapshotDue, loadHistory, type OrderHistory, toSnapshot } from './order-history.ts';
import { messagesOf } from './order-messages.ts';
import type { NewOrderEvent, OrderStore } from './order-store.ts';
import { orderNotFound, readOrder } from './read-order.ts';

export interface OrderChangePorts {
  readonly orders: OrderStore;
  /** Leaves the hint that has the outbox looked at again should we die after the append. */
  readonly leaveHint: (orderId: string) => Promise<void>;
  /**
   * Publishes what the append left in the outbox, or begins to; a failure is made good by the hint.
   * @param rows all that stands in the outbox, where that is known: it is not read then
   */
  readonly publish: (orderId: string, rows?: readonly OutboxRow[]) => Promise<void>;
  readonly now: () => number;
}

export interface Decision {
  readonly event: OrderEvent;
  /** Tells the event apart in its order: a step that is stored already is not stored again. */
  readonly step: string;
}

/** Event ids carry order and step, no attempt: a repeat is recognised by them. */
export const orderEventId = (orderId: string, step: string): string => deterministicId('order-event', orderId, step);

/** Each one lost means that another writer won: so many may change an order at the same moment. */
const attempts = 40;

/**
 * Appends what `decide` answers for the order as it stands, an empty list for nothing to do; decides anew when another writer was quicker.
 * An event whose step is stored already is not stored again. Answers the order as it stands then.
 * @param claim of the request's Idempotency-Key: a repeat decides nothing and answers the order as it stood after the first
 * @throws AppError order-not-found, concurrent-change, idempotency-key-reused, storage-unavailable, and what `decide` throws
 */
export async function appendEvents(
  ports: OrderChangePorts,
  orderId: string,
  decide: (order: Order) => readonly Decision[],
  claim?: OrderClaim,
): Promise<Order> {
  return await append(ports, orderId, decide, { claim });
}

/** As `appendEvents`, of an order that was read a moment ago: it is read again only where another writer was quicker. */
export async function appendEventsTo(
  ports: OrderChangePorts,
  history: OrderHistory,
  decide: (order: Order) => readonly Decision[],
): Promise<Order> {
  return await append(ports, history.order.orderId, decide, { known: history });
}

async function append(
  ports: OrderChangePorts,
  orderId: string,
  decide: (order: Order) => readonly Decision[],
  { claim, known }: { readonly claim?: OrderClaim | undefined; readonly known?: OrderHistory },
): Promise<Order> {
  let hint: Promise<void> | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const [history, answeredVersion] = await Promise.all([
      attempt === 1 && known !== undefined ? known : loadHistory(ports.orders, orderId),
      claim && findAnswer(ports.orders, orderId, claim),
    ]);
    if (history === undefined) throw orderNotFound();
    if (answeredVersion !== undefined) return await readOrder(ports.orders, orderId, { version: answeredVersion });
    const fresh = decide(history.order)
      .map(({ event, step }) => ({ event, eventId: orderEventId(orderId, step) }))
      .filter(({ eventId }) => !history.eventIds.has(eventId));
    if (fresh.length === 0 && claim === undefined) return history.order;
    await (hint ??= ports.leaveHint(orderId));
    const stored = await storeEvents(ports, orderId, history.order, fresh, claim);
    if (stored === undefined) continue;
    const after = extendHistory(orderId, history, stored);
    if (isSnapshotDue(history.order, after.order)) await ports.orders.keepSnapshot(orderId, toSnapshot(after));
    return after.order;
  }
  throw new AppError('concurrent-change', `Order ${orderId} is being changed by others; try again`);
}

/**
 * The version of the order that the claim was answered with, undefined where it is not stored.
 * @throws AppError idempotency-key-reused, storage-unavailable
 */
export async function findAnswer(orders: OrderStore, orderId: string, claim: OrderClaim): Promise<number | undefined> {
  const stored = await orders.findClaim(orderId, claimIdOf(claim));
  if (stored !== undefined) checkClaim(stored, claim);
  return stored?.version;
}

/** Stores and publishes; the hint is left before. Answers the stored events, or undefined when another writer was quicker. */
export async function storeEvents(
  ports: OrderChangePorts,
  orderId: string,
  before: Order | undefined,
  events: readonly NewOrderEvent[],
  claim?: OrderClaim,
): Promise<readonly StoredOrderEvent[] | undefined> {
  const at = new Date(ports.now()).toISOString();
  const expectedVersion = before?.version ?? 0;
  const stored = events.map(({ event, eventId }, index) => ({
    ...event,
    eventId,
    at,
    version: expectedVersion + 1 + index,
  }));
  const outbox = messagesOf(orderId, before, stored);
  const version = expectedVersion + events.length;
  const claimed = claim && { claimId: claimIdOf(claim), requestHash: claim.requestHash, version };
  const batch = { events, at, outbox, ...(claimed === undefined ? {} : { claim: claimed }) };
  const rows = await ports.orders.append(orderId, expectedVersion, batch);
  if (rows === undefined) return undefined;
  await (before === undefined ? ports.publish(orderId, rows) : ports.publish(orderId));
  return stored;
}
