// The order as its events make it. `evolve` is total: it takes every event in every state, for what happened has happened.
import type { Money } from '../kernel/money.ts';
import type { CancelReason, OrderItem, StoredOrderEvent } from './events.ts';

export type OrderStatus = 'accepted' | 'processing' | 'completed' | 'cancelled' | 'needs-attention';
export type PaymentStatus = 'pending' | 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
export type ShipmentStatus = 'pending' | 'arranged' | 'cancelled';

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
  /** Number of the last event. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The order after its events, or undefined where there are none. */
export function foldOrder(orderId: string, events: readonly StoredOrderEvent[]): Order | undefined {
  let order: Order | undefined;
  for (const event of events) order = evolve(orderId, order, event);
  return order;
}

export function evolve(orderId: string, order: Order | undefined, event: StoredOrderEvent): Order {
  if (event.type === 'OrderCreated') return created(orderId, event);
  if (order === undefined) throw new TypeError(`order ${orderId} begins with ${event.type} instead of OrderCreated`);
  return { ...order, ...change(order, event), version: event.version, updatedAt: event.at };
}

const created = (orderId: string, event: Extract<StoredOrderEvent, { type: 'OrderCreated' }>): Order => ({
  orderId,
  customerId: event.data.customerId,
  contactId: event.data.contactId,
  status: 'accepted',
  cancelRequested: false,
  items: event.data.items,
  total: event.data.total,
  paymentMethod: event.data.payment.method,
  payment: { status: 'pending' },
  shipment: { status: 'pending' },
  version: event.version,
  createdAt: event.at,
  updatedAt: event.at,
});

function change(order: Order, event: Exclude<StoredOrderEvent, { type: 'OrderCreated' }>): Partial<Order> {
  switch (event.type) {
    case 'OrderPlaced':
      return {};
    case 'StockReserved':
      return { status: 'processing' };
    case 'PaymentAuthorised':
      return { payment: { status: 'authorised', paymentId: event.data.paymentId } };
    case 'PaymentDeclined':
      return { payment: { status: 'declined' } };
    case 'ShipmentArranged':
      return { shipment: { status: 'arranged', ...event.data } };
    case 'PaymentCaptured':
      return { payment: { status: 'captured', paymentId: event.data.paymentId } };
    case 'OrderCompleted':
      return { status: 'completed' };
    case 'CancelRequested':
      return { cancelRequested: true };
    case 'OrderCancelled':
      return {
        status: 'cancelled',
        reason: event.data.reason,
        payment:
          event.data.payment === 'nothing-charged' ? order.payment : { ...order.payment, status: event.data.payment },
        shipment: order.shipment.status === 'arranged' ? { ...order.shipment, status: 'cancelled' } : order.shipment,
      };
    case 'CompensationFailed':
      return { status: 'needs-attention' };
  }
}
