// The mail a customer gets when there will be no goods: why, and what became of the money. One text a reason.
import type { z } from 'zod';
import type { cancelReasonSchema, orderEvents } from '../contracts/order-events.ts';
import type { Money } from '../kernel/money.ts';
import type { Mail } from './mailer.ts';
import { type Addressee, orderMail, price } from './order-mail.ts';

export type Reason = z.infer<typeof cancelReasonSchema>;
export type MoneyOutcome = z.infer<typeof orderEvents.OrderCancelled.schema>['payment'];

export interface CancelledOrder {
  readonly orderId: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly total: Money;
  readonly reason: Reason;
  readonly payment: MoneyOutcome;
  /** Number of the event that tells of the cancellation. */
  readonly version: number;
}

const why: Readonly<Record<Reason, string>> = {
  'payment-declined':
    'your order could not go ahead: the payment was declined. Your bank can tell you why. You are welcome to order again and pay another way.',
  'out-of-stock':
    'we are sorry: something you ordered has sold out, so we had to cancel your order. We do not send part of an order.',
  'stock-held-by-others':
    'we are sorry: the last of what you ordered was being bought by others, and none came free in time, so we had to cancel your order. It is worth trying again: not everybody ends up buying.',
  'reservation-expired':
    'we are sorry: your order took us too long, and what we had put aside for you was sold meanwhile, so we had to cancel it.',
  'cancelled-by-customer': 'we have cancelled your order, as you asked.',
  'saga-failed':
    'we are sorry: something went wrong on our side and we could not see your order through, so we had to cancel it. It was nothing you did. You are welcome to order again.',
};

/** What became of the money, and when the customer sees it. */
export const moneyBack = (outcome: MoneyOutcome, amount: Money): string =>
  ({
    'nothing-charged': 'You have not been charged anything.',
    voided: `You have not been charged. ${price(amount)} was only held, and we have released it; your bank may show it for up to 7 days.`,
    refunded: `We have refunded ${price(amount)} the way you paid. It shows on your account within 5 to 10 working days.`,
    unsettled: `A person of ours is still settling your payment of ${price(amount)}: whatever was taken goes back to you.`,
  })[outcome];

export function orderCancellation({ orderId, version, ...order }: CancelledOrder, to: Addressee): Mail {
  return orderMail({ kind: 'order-cancelled', orderId, version, to }, `Your order ${orderId} is cancelled`, [
    why[order.reason],
    moneyBack(order.payment, order.total),
    'This was your order:',
    { list: order.items.map(({ sku, quantity }) => `${quantity} × ${sku}`) },
    { facts: { Order: orderId } },
  ]);
}
