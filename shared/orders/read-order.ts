// Reading an order: as it stands, or as it stood at a version or a time.
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import type { StoredOrderEvent } from './events.ts';
import { follow, type Order } from './order.ts';
import { loadHistory, type OrderHistory } from './order-history.ts';
import type { OrderStore } from './order-store.ts';

export const orderNotFound = (): AppError => new AppError('order-not-found', 'There is no order of this id');

/** An id that may name an order: one of any other form names nothing. @throws AppError order-not-found */
export function toOrderId(text: string | undefined): string {
  if (text === undefined || !isUuid(text)) throw orderNotFound();
  return text;
}

/** A moment in the life of an order: after the event of a number, or at a time, in ms since 1970. */
export type AsOf = { readonly version: number } | { readonly atMs: number };

/** A version, or a time in ISO 8601 with its zone. @throws AppError invalid-request */
export function parseAsOf(text: string): AsOf {
  if (/^\d{1,9}$/.test(text)) return { version: Number(text) };
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return { atMs: Date.parse(text) };
  throw invalidAsOf('a version such as 3, or a time such as 2026-01-02T03:04:05Z');
}

const invalidAsOf = (detail: string): AppError =>
  new AppError('invalid-request', `The query is not valid: asOf must be ${detail}`, {
    errors: [{ pointer: '/asOf', code: 'invalid_format', detail }],
  });

/** The order, as it stands or as it stood. @throws AppError order-not-found, invalid-request, broken-invariant, storage-unavailable */
export async function readOrder(orders: OrderStore, id: string | undefined, asOf?: AsOf): Promise<Order> {
  if (asOf === undefined) return (await readHistory(orders, id)).order;
  const order = await foldUntil(orders, toOrderId(id), asOf);
  if (order === undefined) throw orderNotFound();
  return order;
}

/** The order with the ids of its events, to append to. @throws AppError order-not-found, broken-invariant, storage-unavailable */
export async function readHistory(orders: OrderStore, id: string | undefined): Promise<OrderHistory> {
  const history = await loadHistory(orders, toOrderId(id));
  if (history === undefined) throw orderNotFound();
  return history;
}

/** From the first event on: a snapshot may know too much. */
async function foldUntil(orders: OrderStore, orderId: string, asOf: AsOf): Promise<Order | undefined> {
  const upTo = 'version' in asOf ? asOf.version : Number.POSITIVE_INFINITY;
  const latestMs = 'atMs' in asOf ? asOf.atMs : Number.POSITIVE_INFINITY;
  let order: Order | undefined;
  for await (const event of orders.events(orderId, 'version' in asOf ? { upTo } : {})) {
    if (Date.parse(event.at) > latestMs) break;
    order = follow(orderId, order, event);
  }
  if ('version' in asOf && order !== undefined && order.version < upTo) {
    throw invalidAsOf(`${order.version} at most: the order has no more events`);
  }
  return order;
}

/** The order's events in order. @throws AppError order-not-found, storage-unavailable */
export async function readOrderEvents(
  orders: OrderStore,
  id: string | undefined,
): Promise<readonly StoredOrderEvent[]> {
  const events = await Array.fromAsync(orders.events(toOrderId(id)));
  if (events.length === 0) throw orderNotFound();
  return events;
}

/** So many events after a version; `next` is the version to go on after. @throws AppError order-not-found, storage-unavailable */
export async function readOrderEventsPage(
  orders: OrderStore,
  id: string | undefined,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly events: readonly StoredOrderEvent[]; readonly next?: number }> {
  const events = await Array.fromAsync(orders.events(toOrderId(id), { after, upTo: after + limit + 1 }));
  if (events.length === 0 && after === 0) throw orderNotFound();
  const page = events.slice(0, limit);
  return { events: page, ...(events.length > limit ? { next: after + limit } : {}) };
}
