import type { PlaceOrderPorts } from '../../shared/orders/place-order.ts';
import { contacts } from '../customers/ports.ts';
import { products } from '../products/ports.ts';
import { orderChanges } from './ports.ts';

/** What it takes to place an order, by whatever way it comes. */
export const placeOrderPorts = (): PlaceOrderPorts => ({
  ...orderChanges,
  productOf: (sku) => products.get(sku),
  addContact: (ids, { email, shipTo }) => contacts.addIfAbsent({ ...ids, email, ...shipTo }),
});
