import type { Money } from '../kernel/money.ts';
import type { Payment } from './payment.ts';

export type Authorisation =
  | { readonly outcome: 'authorised'; readonly paymentId: string }
  | { readonly outcome: 'declined'; readonly reason: string };

/** `lapsed`: the provider let the authorisation go, as it does after seven days; there is nothing to take any more. */
export type Capture = 'captured' | 'lapsed';

export type PaymentReversal = 'nothing-charged' | 'voided' | 'refunded';

/**
 * The provider of card payments. Every call is idempotent: asked twice, it acts once and gives the same answer, so an unknown outcome
 * is found out by asking again.
 * All throw AppError payments-unavailable (transient: outcome unknown) or payments-refused (permanent).
 */
export interface PaymentProvider {
  /** Holds the amount on the card without taking it. */
  authorise(order: {
    readonly orderId: string;
    readonly total: Money;
    readonly method: string;
  }): Promise<Authorisation>;
  /** Takes the whole amount that was held. */
  capture(orderId: string, paymentId: string): Promise<Capture>;
  /**
   * Gives back whatever was held or taken for the order, by what the provider's own ledger says of it. Without a known payment the
   * authorisation is asked for again by its key, which tells the payment there is (decision 2).
   */
  reverse(order: {
    readonly orderId: string;
    readonly total: Money;
    readonly method: string;
    readonly paymentId?: string | undefined;
  }): Promise<PaymentReversal>;
  /** Gives back what is left of one payment. */
  giveBack(paymentId: string): Promise<PaymentReversal>;
  /** Undefined for an id that names nothing. */
  get(paymentId: string): Promise<Payment | undefined>;
  /** Payments made from a time on, newest first, read page by page. */
  since(time: Date): AsyncIterable<Payment>;
}

/** What the provider tells of by itself. Only a hint: whoever hears it asks for the payment as it is now. */
export interface PaymentHint {
  readonly paymentId: string;
  readonly orderId?: string;
}

export interface PaymentEvents {
  /**
   * What the signed body is about, undefined for what is of no interest.
   * @throws AppError invalid-signature
   */
  read(body: Uint8Array, signature: string | null): PaymentHint | undefined;
  /** Has the provider tell this address, and no other of ours. @throws AppError payments-unavailable, payments-refused */
  register(url: string): Promise<void>;
}
