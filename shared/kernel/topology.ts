// Typed names of what infra/topology.json declares; test/consistency holds the two equal.
import topology from '../../infra/topology.json' with { type: 'json' };

export { topology };

/** Service Bus queues. */
export const queues = {
  newOrder: 'new-order',
  mail: 'mail',
  ordersByCustomer: 'orders-by-customer',
  deadLetters: 'dead-letters',
} as const;

export const topics = { orderEvents: 'order-events' } as const;

export const storageQueues = { outboxHints: 'outbox-hints' } as const;

export const tables = {
  orders: 'orders',
  contacts: 'contacts',
  products: 'products',
  stock: 'stock',
  ordersByCustomer: 'ordersByCustomer',
} as const;
