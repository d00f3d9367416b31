import { expect, test } from 'vitest';
import { orderConfirmation } from '../../../../shared/mail/order-confirmation.ts';

const unitPrice = { amountMinor: 4900, currency: 'EUR' } as const;
const order = {
  orderId: 'o-1',
  items: [{ sku: 'TICKET', quantity: 2, unitPrice }],
  total: { amountMinor: 9800, currency: 'EUR' },
} as const;
const ada = { name: 'Ada <script>', email: 'ada@example.com' };

test('the mail names the order, its items and the total', () => {
  const mail = orderConfirmation(order, ada);
  expect(mail).toMatchObject({ to: 'ada@example.com', headers: { 'x-order-id': 'o-1' } });
  for (const part of ['2 × TICKET  98.00 EUR', 'Total: 98.00 EUR', 'Order: o-1']) expect(mail.text).toContain(part);
});

test('a name cannot bring markup into the mail', () => {
  expect(orderConfirmation(order, ada).html).not.toContain('<script>');
});

test('the mail of one order has one operation id, whenever it is made', () => {
  expect(orderConfirmation(order, ada).operationId).toBe(orderConfirmation(order, ada).operationId);
  expect(orderConfirmation({ ...order, orderId: 'o-2' }, ada).operationId).not.toBe(
    orderConfirmation(order, ada).operationId,
  );
});
