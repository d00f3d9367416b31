import type { Money } from '../kernel/money.ts';

export type Authorisation =
  | { readonly outcome: 'authorised'; readonly paymentId: string }
  | { readonly outcome: 'declined'; readonly reason: string };

export type PaymentReversal = 'nothing-charged' | 'voided' | 'refunded';

/**
 * The provider of card payments. Every call is idempotent by the order: asked twice, it acts once and gives the same answer,
 * so an unknown outcome is found out by asking again.
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
  capture(orderId: string, paymentId: string): Promise<void>;
  /** Gives back whatever was held or taken for the order, by what the provider's own ledger says of it. */
  reverse(order: {
    readonly orderId: string;
    readonly total: Money;
    readonly method: string;
  }): Promise<PaymentReversal>;
}
