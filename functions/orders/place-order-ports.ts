import { ports } from '../../shared/adapters/ports.ts';
import type { PlaceOrderPorts } from '../../shared/orders/place-order.ts';

/** What it takes to place an order, from whichever side it comes. */
export const placeOrderPorts = (): PlaceOrderPorts => {
  const { orderChanges, products, contacts } = ports();
  return {
    ...orderChanges,
    productOf: (sku) => products.get(sku),
    addContact: (ids, { email, shipTo }) => contacts.addIfAbsent({ ...ids, email, ...shipTo }),
  };
};
