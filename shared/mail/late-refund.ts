// The mail a customer gets when a payment became known after the order was cancelled, and was given back.
import type { Money } from '../kernel/money.ts';
import type { Mail } from './mailer.ts';
import { moneyBack } from './order-cancellation.ts';
import { type Addressee, orderMail } from './order-mail.ts';

export interface LateRefund {
  readonly orderId: string;
  readonly outcome: 'voided' | 'refunded';
  readonly amount: Money;
  /** Number of the event that tells of it. */
  readonly version: number;
}

export const lateRefund = ({ orderId, outcome, amount, version }: LateRefund, to: Addressee): Mail =>
  orderMail({ kind: 'late-refund', orderId, version, to }, `Your payment for order ${orderId} is on its way back`, [
    'a payment for your order reached us only after the order was cancelled. We have given it back.',
    moneyBack(outcome, amount),
    { facts: { Order: orderId } },
  ]);
