import type { Order } from '../../shared/orders/order.ts';
import type { ShipmentRequest } from '../../shared/shipping/carrier.ts';

/** Where the order goes stands with its contact, not in its events. Undefined when the contact was erased. */
export async function shipmentRequest({
  orderId,
  customerId,
  contactId,
  items,
}: Order): Promise<ShipmentRequest | undefined> {
  const { contacts } = await import('../customers/ports.ts');
  const contact = await contacts.get(customerId, contactId);
  if (contact === undefined) return undefined;
  const { name, line1, city, postalCode, country } = contact;
  const parcels = items.map(({ sku, quantity }) => ({ sku, quantity }));
  return { orderId, parcels, to: { name, line1, city, postalCode, country } };
}
