// The mail a customer gets once the money is taken.
import { deterministicId } from '../kernel/ids.ts';
import { type Money, times, toDecimal } from '../kernel/money.ts';
import { escapeHtml } from './escape-html.ts';
import type { Mail } from './mailer.ts';

export interface ConfirmedOrder {
  readonly orderId: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: Money }[];
  readonly total: Money;
}

const price = (money: Money): string => `${toDecimal(money)} ${money.currency}`;

export function orderConfirmation(order: ConfirmedOrder, to: { readonly name: string; readonly email: string }): Mail {
  const lines = order.items.map(
    ({ sku, quantity, unitPrice }) => `${quantity} × ${sku}  ${price(times(unitPrice, quantity))}`,
  );
  const total = price(order.total);
  return {
    operationId: deterministicId('mail', 'order-confirmation', order.orderId),
    to: to.email,
    subject: `Your order ${order.orderId} is confirmed`,
    text: [
      `Hello ${to.name},`,
      '',
      'we have received your payment. You ordered:',
      '',
      ...lines,
      '',
      `Total: ${total}`,
      `Order: ${order.orderId}`,
    ].join('\n'),
    html: [
      `<p>Hello ${escapeHtml(to.name)},</p><p>we have received your payment. You ordered:</p><ul>`,
      ...lines.map((line) => `<li>${escapeHtml(line)}</li>`),
      `</ul><p>Total: <strong>${total}</strong><br>Order: ${order.orderId}</p>`,
    ].join(''),
    headers: { 'x-order-id': order.orderId },
  };
}
