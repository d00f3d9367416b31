// Typed names of what infra/topology.json declares; test/consistency holds the two equal.
import topology from '../../infra/topology.json' with { type: 'json' };

export { topology };

/** Service Bus queues. */
export const queues = {
  newOrder: 'new-order',
  mail: 'mail',
  kitchen: 'kitchen',
  driver: 'driver',
  salesImport: 'sales-import',
  videoUploaded: 'video-uploaded',
  encodeChunk: 'encode-chunk',
  orderQueries: 'order-queries',
  orderReplies: 'order-replies',
  webhookCalls: 'webhook-calls',
  deadLetters: 'dead-letters',
} as const;

/** It is the queue that keeps the order: a message may carry a session where nobody asks for it, forwarded from a topic. */
const sessionQueues: ReadonlySet<string> = new Set(
  topology.serviceBus.queues.flatMap(({ name, properties }) => ('requiresSession' in properties ? [name] : [])),
);

export const hasSessions = (queue: string): boolean => sessionQueues.has(queue);

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
  /** A till's sales while they are being turned into orders. */
  salesImports: 'sales-imports',
  eventGridDeadLetters: 'event-grid-dead-letters',
  /** What nobody could handle, untouched. */
  deadLetterBodies: 'dead-letter-bodies',
} as const;

export const hubs = { telemetry: 'telemetry', orderStream: 'order-stream' } as const;

export const consumerGroups = { aggregation: 'aggregation', projections: 'projections' } as const;

export const tables = {
  orders: 'orders',
  contacts: 'contacts',
  products: 'products',
  stock: 'stock',
  ordersByCustomer: 'ordersByCustomer',
  dailySales: 'dailySales',
  /** Which generation of a projection is read, and which is being built. */
  projections: 'projections',
  /** Requests that came with an Idempotency-Key and made no resource that could hold it. */
  claims: 'claims',
  /** What each kitchen has to make, in the order of payment. */
  kitchenTickets: 'kitchenTickets',
  operatorTasks: 'operatorTasks',
  /** What was measured last, and the alerts that came of it. */
  signalState: 'signalState',
  webhooks: 'webhooks',
  deadLetters: 'deadLetters',
  videos: 'videos',
  telemetry: 'telemetry',
} as const;
