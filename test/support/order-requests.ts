import type { PlaceOrder } from '../../shared/orders/place-order.ts';

/** A request that is accepted as it stands. */
export const validOrder = (changes: Partial<PlaceOrder> = {}): PlaceOrder => ({
  customerId: 'ada',
  email: 'ada@example.com',
  currency: 'EUR',
  items: [{ sku: 'TICKET-STANDARD', quantity: 2 }],
  payment: { method: 'pm_card_visa' },
  shipTo: {
    name: 'Ada Lovelace',
    line1: '12 St James’s Square',
    city: 'London',
    postalCode: 'SW1Y 4JH',
    country: 'GB',
  },
  ...changes,
});
