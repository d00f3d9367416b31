// The rows of a SKU's partition: its level, a reservation an order, and of each hold a row whose key begins with its end, so that
// a range of keys finds what has run out. Pure.
// Index rows of the same batch: https://learn.microsoft.com/azure/storage/tables/table-storage-design-patterns (intra-partition
// secondary index)
import { odata, type TransactionAction } from '@azure/data-tables';
import type { Reservation, Shelf, StockLevel } from '../../inventory/stock.ts';

export type LevelRow = Omit<StockLevel, 'sku'>;

export interface ReservationRow {
  readonly quantity: number;
  readonly status: Reservation['status'];
  /** ISO 8601; of a held one. */
  readonly heldUntil?: string;
}

export const levelKey = 'level';
const reservationPrefix = 'reservation-';
const holdPrefix = 'hold-';
const timeLength = new Date(0).toISOString().length;

/** A change of one reservation takes three rows at the most, the level one, and a batch has up to 100 [Table service limits]. */
export const changesAtOnce = 33;

export const reservationKey = (orderId: string): string => `${reservationPrefix}${orderId}`;

const holdKey = (orderId: string, heldUntil: number): string =>
  `${holdPrefix}${new Date(heldUntil).toISOString()}-${orderId}`;

export const orderOfHold = (rowKey: string): string => rowKey.slice(holdPrefix.length + timeLength + 1);

export const reservationsFilter = (sku: string): string =>
  odata`PartitionKey eq ${sku} and RowKey ge ${reservationPrefix} and RowKey lt ${'reservation.'}`;

/** Holds that ended at `now` or before. */
export const expiredFilter = (sku: string, now: number): string =>
  odata`PartitionKey eq ${sku} and RowKey ge ${holdPrefix} and RowKey lt ${`${holdPrefix}${new Date(now + 1).toISOString()}`}`;

export const toLevel = (sku: string, { received, onHand, reserved }: LevelRow): StockLevel => ({
  sku,
  received,
  onHand,
  reserved,
});

export function toReservation(orderId: string, { quantity, status, heldUntil }: ReservationRow): Reservation {
  return status === 'held'
    ? { orderId, quantity, status, heldUntil: Date.parse(heldUntil ?? '') }
    : { orderId, quantity, status };
}

export const orderOfReservation = (rowKey: string): string => rowKey.slice(reservationPrefix.length);

export const levelEntity = ({ sku, received, onHand, reserved }: StockLevel) => ({
  partitionKey: sku,
  rowKey: levelKey,
  received,
  onHand,
  reserved,
});

const reservationEntity = (sku: string, reservation: Reservation) => ({
  partitionKey: sku,
  rowKey: reservationKey(reservation.orderId),
  quantity: reservation.quantity,
  status: reservation.status,
  ...(reservation.status === 'held' ? { heldUntil: new Date(reservation.heldUntil).toISOString() } : {}),
});

/**
 * What makes `after` of `before`, empty where they are the same. The level is written with every change: its ETag guards the whole
 * partition.
 */
export function shelfActions(before: Shelf, after: Shelf, levelEtag: string): TransactionAction[] {
  const { sku } = after.level;
  const orderIds = new Set([...before.reservations.keys(), ...after.reservations.keys()]);
  const actions = Array.from(orderIds, (orderId) =>
    reservationActions(sku, before.reservations.get(orderId), after.reservations.get(orderId)),
  ).flat();
  if (actions.length === 0) return [];
  return [['update', levelEntity(after.level), 'Replace', { etag: levelEtag }], ...actions];
}

function reservationActions(
  sku: string,
  was: Reservation | undefined,
  is: Reservation | undefined,
): readonly TransactionAction[] {
  if (was === is) return [];
  const remove = (rowKey: string): TransactionAction => ['delete', { partitionKey: sku, rowKey }];
  const [held, holds] = [holdKeyOf(was), holdKeyOf(is)];
  return [
    ...(is === undefined ? [] : [['upsert', reservationEntity(sku, is), 'Replace'] satisfies TransactionAction]),
    ...(is === undefined && was !== undefined ? [remove(reservationKey(was.orderId))] : []),
    ...(held === undefined || held === holds ? [] : [remove(held)]),
    ...(holds === undefined || held === holds
      ? []
      : [['create', { partitionKey: sku, rowKey: holds }] satisfies TransactionAction]),
  ];
}

const holdKeyOf = (reservation: Reservation | undefined): string | undefined =>
  reservation?.status === 'held' ? holdKey(reservation.orderId, reservation.heldUntil) : undefined;
