import type { OutboxMessage, OutboxRow } from '../kernel/outbox.ts';
import type { OrderEvent, StoredOrderEvent } from './events.ts';
import type { Order } from './order.ts';

export interface NewOrderEvent {
  readonly event: OrderEvent;
  readonly eventId: string;
}

/** An order as it stood, kept so that its events need not all be read again. */
export interface OrderSnapshot {
  readonly order: Order;
  /** Of every event up to here: a repeat is recognised though its event is not read. */
  readonly eventIds: readonly string[];
}

/** What an Idempotency-Key stands for: which request, and the version of the order it was answered with. */
export interface StoredClaim {
  readonly requestHash: string;
  readonly version: number;
}

export interface NewClaim extends StoredClaim {
  readonly claimId: string;
}

/** The event store. All throw AppError storage-unavailable while it does not answer. */
export interface OrderStore {
  /** The newest snapshot, where there is one of today's form, and the events since. None of both for an id that names nothing. */
  load(orderId: string): Promise<{
    readonly snapshot?: OrderSnapshot;
    readonly events: AsyncIterable<StoredOrderEvent>;
  }>;
  /** Events in order, read page by page. @throws AppError broken-invariant for an event of a newer app */
  events(orderId: string, range?: { readonly after?: number; readonly upTo?: number }): AsyncIterable<StoredOrderEvent>;
  /** The claim as it was stored with the events it brought about. */
  findClaim(orderId: string, claimId: string): Promise<StoredClaim | undefined>;
  /**
   * Stores events, outbox rows and claim in one batch, after event number `expectedVersion`. Answers the outbox rows as they stand,
   * or undefined, having stored nothing, when another writer was quicker or the claim is stored already.
   */
  append(
    orderId: string,
    expectedVersion: number,
    batch: {
      readonly events: readonly NewOrderEvent[];
      readonly at: string;
      readonly outbox: readonly OutboxMessage[];
      readonly claim?: NewClaim;
    },
  ): Promise<readonly OutboxRow[] | undefined>;
  /** Keeps the snapshot in place of the one before; never throws, for the events are the truth. */
  keepSnapshot(orderId: string, snapshot: OrderSnapshot): Promise<void>;
}
