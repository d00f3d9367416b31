// Stock of one SKU: a counter and one reservation an order, always changed together. Pure decisions; a repeat changes nothing.

export interface StockLevel {
  readonly sku: string;
  /** Units on the shelf, reserved ones included. */
  readonly onHand: number;
  readonly reserved: number;
}

/** `released` stays as a tombstone: a reservation that arrives late, after its release, must find it. */
export type Reservation = {
  readonly orderId: string;
  readonly quantity: number;
  readonly status: 'held' | 'sold' | 'released';
};

export interface StockState {
  readonly level: StockLevel;
  readonly reservation: Reservation | undefined;
}

export type ReserveOutcome = 'reserved' | 'out-of-stock' | 'released-before';

export const available = ({ onHand, reserved }: StockLevel): number => onHand - reserved;

/** What to store, or undefined where nothing changes. */
export interface StockDecision<Outcome> {
  readonly outcome: Outcome;
  readonly next?: StockState & { readonly reservation: Reservation };
}

export function reserve(state: StockState, orderId: string, quantity: number): StockDecision<ReserveOutcome> {
  const { level, reservation } = state;
  if (reservation !== undefined) return { outcome: reservation.status === 'released' ? 'released-before' : 'reserved' };
  if (available(level) < quantity) return { outcome: 'out-of-stock' };
  return {
    outcome: 'reserved',
    next: {
      level: { ...level, reserved: level.reserved + quantity },
      reservation: { orderId, quantity, status: 'held' },
    },
  };
}

export function release(state: StockState, orderId: string): StockDecision<'released' | 'sold-before'> {
  const { level, reservation } = state;
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
export function sell(state: StockState): StockDecision<'sold' | 'not-held'> {
  const { level, reservation } = state;
  if (reservation === undefined || reservation.status === 'released') return { outcome: 'not-held' };
  if (reservation.status === 'sold') return { outcome: 'sold' };
  return {
    outcome: 'sold',
    next: {
      level: { ...level, onHand: level.onHand - reservation.quantity, reserved: level.reserved - reservation.quantity },
      reservation: { ...reservation, status: 'sold' },
    },
  };
}
