// A payment as the provider's own ledger has it.

export interface Payment {
  readonly paymentId: string;
  /** The order it was asked for; a payment that somebody else asked for has none. */
  readonly orderId?: string;
  /**
   * `pending`: the bank has not decided. `declined`: nothing was ever held. `held`: authorised, not taken. `captured`: taken, whatever
   * of it went back since. `cancelled`: was held and let go.
   */
  readonly status: 'pending' | 'declined' | 'held' | 'captured' | 'cancelled';
  readonly amountMinor: number;
  /** Gross: refunds stand apart. */
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
  readonly createdAt: string;
}

/** What the customer is without because of it, in minor units: held, or taken and not given back. */
export function moneyLeft({ status, amountMinor, capturedMinor, refundedMinor }: Payment): number {
  return status === 'held' ? amountMinor : capturedMinor - refundedMinor;
}
