// What the provider tells of a payment that changed, in its own names (https://docs.stripe.com/api/events/types). Pure: the payment
// before and after in, the events out.
import { randomBytes } from 'node:crypto';
import { type Charge, chargeOf } from './charge.ts';
import { keyOfTime } from './lists.ts';
import { type Payment, type PaymentIntent, refundedMinor } from './payment-intent.ts';

export const eventTypes = [
  'payment_intent.amount_capturable_updated',
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.refunded',
] as const;

export interface PaymentEvent {
  readonly id: string;
  readonly object: 'event';
  readonly api_version: string;
  readonly created: number;
  readonly data: { readonly object: PaymentIntent | Charge };
  readonly livemode: false;
  readonly pending_webhooks: number;
  readonly request: null;
  readonly type: (typeof eventTypes)[number];
}

const apiVersion = '2025-01-27.acacia';

/** Events of one change; of a new payment `before` is undefined. */
export function eventsOf(before: Payment | undefined, after: Payment, nowMs: number): PaymentEvent[] {
  const was = before?.intent;
  const { intent } = after;
  const isNow = (status: PaymentIntent['status']): boolean => intent.status === status && was?.status !== status;
  const events: PaymentEvent[] = [];
  const tell = (type: PaymentEvent['type'], object: PaymentIntent | Charge): void =>
    void events.push({
      id: newEventId(nowMs),
      object: 'event',
      api_version: apiVersion,
      created: Math.floor(nowMs / 1000),
      data: { object },
      livemode: false,
      pending_webhooks: 0,
      request: null,
      type,
    });
  if (isNow('requires_capture')) tell('payment_intent.amount_capturable_updated', intent);
  if (isNow('succeeded')) tell('payment_intent.succeeded', intent);
  if (isNow('canceled')) tell('payment_intent.canceled', intent);
  const failure = intent.last_payment_error;
  if (failure !== null && failure !== was?.last_payment_error) tell('payment_intent.payment_failed', intent);
  if (refundedMinor(after) > (before ? refundedMinor(before) : 0)) tell('charge.refunded', chargeOf(after));
  return events;
}

/** Ids ascend with time, hence the store's order is the order of events. */
function newEventId(nowMs: number): string {
  return `evt_${keyOfTime(nowMs)}${randomBytes(8).toString('hex')}`;
}
