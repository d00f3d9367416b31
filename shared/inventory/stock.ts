// Stock of one SKU: a counter and one reservation an order, always changed together. Pure decisions; a repeat changes nothing.

export interface StockLevel {
  readonly sku: string;
  /** Units ever put on the shelf. */
  readonly received: number;
  /** Units not sold yet, reserved ones included. */
  readonly onHand: number;
  readonly reserved: number;
}

/** Times in milliseconds since 1970. */
export type Reservation =
  | { readonly orderId: string; readonly quantity: number; readonly status: 'held'; readonly heldUntil: number }
  /** `released` stays as a tombstone: a reservation that arrives late, after its release, must find it. */
  | { readonly orderId: string; readonly quantity: number; readonly status: 'sold' | 'released' };

export interface StockState {
  readonly level: StockLevel;
  readonly reservation: Reservation | undefined;
}

/** `waiting`: the units are not sold, but put aside for others, who may yet give them back. */
export type ReserveOutcome = 'reserved' | 'waiting' | 'out-of-stock' | 'released-before';

export const newLevel = (sku: string, received: number): StockLevel => ({
  sku,
  received,
  onHand: received,
  reserved: 0,
});

export const available = ({ onHand, reserved }: StockLevel): number => onHand - reserved;

/** The outcome, and the state to store where it changes; without a reservation in it, its row goes. */
export interface StockDecision<Outcome> {
  readonly outcome: Outcome;
  readonly next?: StockState;
}

/** Takes the units, or keeps them longer where they are held already. */
export function reserve(
  { level, reservation }: StockState,
  orderId: string,
  quantity: number,
  heldUntil: number,
): StockDecision<ReserveOutcome> {
  if (reservation?.status === 'released') return { outcome: 'released-before' };
  if (reservation?.status === 'sold') return { outcome: 'reserved' };
  if (reservation?.status === 'held') {
    if (reservation.heldUntil >= heldUntil) return { outcome: 'reserved' };
    return { outcome: 'reserved', next: { level, reservation: { ...reservation, heldUntil } } };
  }
  if (available(level) < quantity) return { outcome: level.onHand < quantity ? 'out-of-stock' : 'waiting' };
  return {
    outcome: 'reserved',
    next: {
      level: { ...level, reserved: level.reserved + quantity },
      reservation: { orderId, quantity, status: 'held', heldUntil },
    },
  };
}

/** Gives the units back as if never taken, unless somebody keeps them for longer than `by`: they may be taken again. */
export function lapse({ level, reservation }: StockState, by: number): StockDecision<'lapsed' | 'kept'> {
  if (reservation?.status !== 'held' || reservation.heldUntil > by) return { outcome: 'kept' };
  return {
    outcome: 'lapsed',
    next: { level: { ...level, reserved: level.reserved - reservation.quantity }, reservation: undefined },
  };
}

/** Gives the units back for good: the order can never take them again. */
export function release(
  { level, reservation }: StockState,
  orderId: string,
): StockDecision<'released' | 'sold-before'> {
  if (reservation?.status === 'sold') return { outcome: 'sold-before' };
  if (reservation?.status === 'released') return { outcome: 'released' };
  const quantity = reservation?.quantity ?? 0;
  return {
    outcome: 'released',
    next: {
      level: { ...level, reserved: level.reserved - quantity },
      reservation: { orderId, quantity, status: 'released' },
    },
  };
}

/** Turns the held units into sold ones: they leave the shelf. */
export function sell({ level, reservation }: StockState): StockDecision<'sold' | 'not-held'> {
  if (reservation?.status === 'sold') return { outcome: 'sold' };
  if (reservation?.status !== 'held') return { outcome: 'not-held' };
  const { orderId, quantity } = reservation;
  return {
    outcome: 'sold',
    next: {
      level: { ...level, onHand: level.onHand - quantity, reserved: level.reserved - quantity },
      reservation: { orderId, quantity, status: 'sold' },
    },
  };
}

/** A change of one order's reservation: answers what to store, or undefined where nothing changes. */
export interface StockChange {
  readonly orderId: string;
  readonly decide: (state: StockState) => StockState | undefined;
}

export interface Shelf {
  readonly level: StockLevel;
  readonly reservations: ReadonlyMap<string, Reservation>;
}

/** The shelf after all changes, each decided on what those before it made. What none changed is the same object as before. */
export function applyChanges(shelf: Shelf, changes: readonly StockChange[]): Shelf {
  let { level } = shelf;
  const reservations = new Map(shelf.reservations);
  for (const { orderId, decide } of changes) {
    const next = decide({ level, reservation: reservations.get(orderId) });
    if (next === undefined) continue;
    level = next.level;
    if (next.reservation === undefined) reservations.delete(orderId);
    else reservations.set(orderId, next.reservation);
  }
  return { level, reservations };
}

/** The level as its reservations have it: what was received less what is sold, and what is held. */
export async function recount(
  level: StockLevel,
  reservations: AsyncIterable<Reservation> | Iterable<Reservation>,
): Promise<StockLevel> {
  let onHand = level.received;
  let reserved = 0;
  for await (const { status, quantity } of reservations) {
    if (status === 'sold') onHand -= quantity;
    if (status === 'held') reserved += quantity;
  }
  return { ...level, onHand, reserved };
}
