// The mail a customer gets once the money is taken.
import { type Money, times } from '../kernel/money.ts';
import type { Mail } from './mailer.ts';
import { type Addressee, orderMail, price } from './order-mail.ts';

export interface ConfirmedOrder {
  readonly orderId: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: Money }[];
  readonly total: Money;
  /** Number of the event that tells of the payment. */
  readonly version: number;
}

export function orderConfirmation({ orderId, items, total, version }: ConfirmedOrder, to: Addressee): Mail {
  const rows = items.map(({ sku, quantity, unitPrice }) => [`${quantity} × ${sku}`, price(times(unitPrice, quantity))]);
  return orderMail({ kind: 'order-confirmation', orderId, version, to }, `Your order ${orderId} is confirmed`, [
    'we have received your payment. You ordered:',
    { table: { head: ['Item', 'Price'], rows, total: ['Total', price(total)] } },
    { facts: { Order: orderId } },
  ]);
}
