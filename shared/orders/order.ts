// The order as its events make it. `evolve` is total: it takes every event in every state, for what happened has happened.
import { AppError } from '../kernel/errors.ts';
import type { Money } from '../kernel/money.ts';
import type { CancelReason, OrderItem, Reversal, StoredOrderEvent } from './events.ts';

export type OrderStatus = 'draft' | 'accepted' | 'processing' | 'completed' | 'cancelled' | 'needs-attention';
export type PaymentStatus = 'pending' | 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
export type ShipmentStatus = 'pending' | 'arranged' | 'cancelled';
/** Of food: from the kitchen to the door. */
export type FulfilmentStatus = 'none' | 'preparing' | 'ready' | 'dispatched' | 'delivered';

/** Number of the form of Order and of what `evolve` makes of it: raise it with either, and older snapshots are passed over. */
export const orderForm = 1;

export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly contactId: string;
  readonly status: OrderStatus;
  readonly reason?: CancelReason;
  readonly cancelRequested: boolean;
  readonly items: readonly OrderItem[];
  readonly total: Money;
  readonly paymentMethod: string;
  readonly payment: { readonly status: PaymentStatus; readonly paymentId?: string };
  readonly shipment: { readonly status: ShipmentStatus; readonly shipmentId?: string; readonly trackingId?: string };
  /** The step of the saga that was given up: everything is being undone. */
  readonly failedStep?: string;
  /** What became of the money, of an order that waits for a person. */
  readonly reversal?: Reversal;
  /** Undos that failed and wait for a person. */
  readonly failedUndos: readonly string[];
  readonly fulfilment: FulfilmentStatus;
  readonly channel: 'web' | 'till';
  /** The one kitchen that makes what there is to be made. */
  readonly storeId?: string;
  /** Undefined for a draft, also for one that was cancelled. */
  readonly placedAt?: string;
  readonly paidAt?: string;
  /** When what was paid went back. */
  readonly refundedAt?: string;
  /** Number of the last event. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Nothing charged, nothing changed; what a person sees to stands as the provider last told it. */
const reversed = (payment: Order['payment'], reversal: Reversal): Order['payment'] =>
  reversal === 'voided' || reversal === 'refunded' ? { ...payment, status: reversal } : payment;

/** What an event does not tell is left out. */
const given = ({ reason, reversal }: { reason?: CancelReason | undefined; reversal: Reversal | undefined }) => ({
  ...(reason === undefined ? {} : { reason }),
  ...(reversal === undefined ? {} : { reversal }),
});

/** The order after its events, or undefined where there are none. @throws AppError broken-invariant for a gap */
export function foldOrder(orderId: string, events: readonly StoredOrderEvent[]): Order | undefined {
  let order: Order | undefined;
  for (const event of events) order = follow(orderId, order, event);
  return order;
}

/** `evolve` for a stream that has to be whole: a gap is never folded over. @throws AppError broken-invariant */
export function follow(orderId: string, order: Order | undefined, event: StoredOrderEvent): Order {
  const expected = (order?.version ?? 0) + 1;
  if (event.version !== expected) {
    throw new AppError('broken-invariant', `Order ${orderId} misses event ${expected}: ${event.version} comes next`);
  }
  return evolve(orderId, order, event);
}

export function evolve(orderId: string, order: Order | undefined, event: StoredOrderEvent): Order {
  if (event.type === 'OrderCreated') return created(orderId, event);
  if (order === undefined) {
    throw new AppError('broken-invariant', `Order ${orderId} begins with ${event.type} instead of OrderCreated`);
  }
  return { ...order, ...change(order, event), version: event.version, updatedAt: event.at };
}

const storeOf = (items: readonly OrderItem[]): Pick<Order, 'storeId'> => {
  const storeId = items.find((item) => item.storeId !== undefined)?.storeId;
  return storeId === undefined ? {} : { storeId };
};

/** A draft until it is placed. */
const created = (orderId: string, event: Extract<StoredOrderEvent, { type: 'OrderCreated' }>): Order => ({
  orderId,
  customerId: event.data.customerId,
  contactId: event.data.contactId,
  status: 'draft',
  cancelRequested: false,
  items: event.data.items,
  total: event.data.total,
  paymentMethod: event.data.payment.method,
  payment: { status: 'pending' },
  shipment: { status: 'pending' },
  failedUndos: [],
  fulfilment: 'none',
  channel: event.data.channel,
  ...storeOf(event.data.items),
  version: event.version,
  createdAt: event.at,
  updatedAt: event.at,
});

function change(order: Order, event: Exclude<StoredOrderEvent, { type: 'OrderCreated' }>): Partial<Order> {
  switch (event.type) {
    case 'OrderItemAdded': {
      const { item, total } = event.data;
      return { items: [...order.items, item], total, ...storeOf([item]) };
    }
    case 'OrderPlaced':
      return { status: 'accepted', placedAt: event.at };
    case 'StockUnavailable':
      return {};
    case 'StepFailed':
      return { failedStep: event.data.step };
    case 'StockReserved':
      return { status: 'processing' };
    case 'PaymentAuthorised':
      return { payment: { status: 'authorised', paymentId: event.data.paymentId } };
    case 'PaymentDeclined':
      return { payment: { status: 'declined' } };
    case 'ShipmentArranged':
      return { shipment: { status: 'arranged', ...event.data } };
    case 'PaymentCaptured':
      return { payment: { status: 'captured', paymentId: event.data.paymentId }, paidAt: event.at };
    case 'OrderCompleted':
      return { status: 'completed' };
    case 'CancelRequested':
      return { cancelRequested: true };
    case 'OrderCancelled':
      return {
        status: 'cancelled',
        reason: event.data.reason,
        payment: reversed(order.payment, event.data.payment),
        shipment: order.shipment.status === 'arranged' ? { ...order.shipment, status: 'cancelled' } : order.shipment,
        ...(event.data.payment === 'refunded' ? { refundedAt: event.at } : {}),
      };
    case 'CompensationFailed':
      return {
        status: 'needs-attention',
        failedUndos: [...order.failedUndos, event.data.step],
        ...given({ reason: event.data.reason, reversal: event.data.payment }),
      };
    case 'CompensationResolved':
      return {
        failedUndos: order.failedUndos.filter((step) => step !== event.data.step),
        ...given({ reversal: event.data.payment }),
      };
    case 'LatePaymentReversed':
      // The order's own payment keeps its place: its events may come again.
      return { payment: { status: event.data.outcome, paymentId: order.payment.paymentId ?? event.data.paymentId } };
    case 'PreparationStarted':
      return { fulfilment: 'preparing' };
    case 'OrderReady':
      return { fulfilment: 'ready' };
    case 'DriverDispatched':
      return { fulfilment: 'dispatched' };
    case 'OrderDelivered':
      return { fulfilment: 'delivered' };
  }
}
