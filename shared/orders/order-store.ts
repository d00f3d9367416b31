import type { OutboxMessage } from '../kernel/outbox.ts';
import type { OrderEvent, StoredOrderEvent } from './events.ts';

export interface NewOrderEvent {
  readonly event: OrderEvent;
  readonly eventId: string;
}

export interface OrderStream {
  readonly events: readonly StoredOrderEvent[];
  /** Hash of the request that created the order: what its Idempotency-Key stands for. */
  readonly requestHash?: string;
}

/** The event store. All throw AppError storage-unavailable while it does not answer. */
export interface OrderStore {
  /** Empty for an id that names nothing. */
  load(orderId: string): Promise<OrderStream>;
  /**
   * Stores events and outbox rows in one batch, after event number `expectedVersion`.
   * Answers false, having stored nothing, when another writer was quicker.
   */
  append(
    orderId: string,
    expectedVersion: number,
    batch: {
      readonly events: readonly NewOrderEvent[];
      readonly at: string;
      readonly outbox: readonly OutboxMessage[];
      readonly requestHash?: string;
    },
  ): Promise<boolean>;
}
