// A message in a mailbox: what its sender wrote, untouched, and what the broker knows about it.
import type { Properties } from './definitions.ts';

export interface Content {
  /** The AMQP encoding as it came from the sender; once it is placed, a view of its record, so that it is in memory once. */
  raw: Uint8Array;
  readonly messageId: string;
  readonly sessionId: string | undefined;
  readonly ttlMs: number | undefined;
}

/** scheduled → ready ⇄ locked ⇄ deferred */
export type MessageState = 'scheduled' | 'ready' | 'locked' | 'deferred';

export interface Message {
  readonly content: Content;
  readonly sequenceNumber: number;
  /** The number it got where it was first sent, before any forwarding. */
  readonly enqueuedSequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly scheduledForMs: number | undefined;
  /** Path of the entity that dead-lettered it, once it was forwarded from there. */
  readonly deadLetterSource: string | undefined;
  state: MessageState;
  /** Deliveries that failed: abandoned, or the lock ran out. */
  deliveryCount: number;
  /** Application properties set by settlement, on top of the sender's. */
  changedProperties: Properties;
  /** Whether a delivery record stands beside the message record. */
  hasDeliveryRecord: boolean;
}

export interface Lock {
  /** A uuid in its usual notation. */
  readonly token: string;
  readonly message: Message;
  /** Who took it; all locks of an owner can be freed at once. */
  readonly owner: string;
  lockedUntilMs: number;
  /** Where the message goes back to when it is not settled for good. */
  readonly returnsTo: 'ready' | 'deferred';
}
