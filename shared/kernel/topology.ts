// Typed names of what infra/topology.json declares; test/consistency holds the two equal.
import topology from '../../infra/topology.json' with { type: 'json' };

export { topology };

/** Service Bus queues. */
export const queues = {
  newOrder: 'new-order',
  mail: 'mail',
  ordersByCustomer: 'orders-by-customer',
  videoUploaded: 'video-uploaded',
  encodeChunk: 'encode-chunk',
  orderQueries: 'order-queries',
  orderReplies: 'order-replies',
  deadLetters: 'dead-letters',
} as const;

export const topics = { orderEvents: 'order-events' } as const;

/** Event Grid topics of our own events. */
export const eventGridTopics = { millraceEvents: 'millrace-events' } as const;

export const storageQueues = { outboxHints: 'outbox-hints' } as const;

export const containers = {
  /** Where clients upload to. */
  incoming: 'incoming',
  /** What was taken in: nobody outside may write here. */
  accepted: 'accepted',
  renditions: 'renditions',
  quarantine: 'quarantine',
  /** Data of messages that is too large to travel with them. */
  claimChecks: 'claim-checks',
  eventGridDeadLetters: 'event-grid-dead-letters',
} as const;

export const hubs = { telemetry: 'telemetry' } as const;

export const consumerGroups = { aggregation: 'aggregation' } as const;

export const tables = {
  orders: 'orders',
  contacts: 'contacts',
  products: 'products',
  stock: 'stock',
  ordersByCustomer: 'ordersByCustomer',
  videos: 'videos',
  telemetry: 'telemetry',
} as const;
