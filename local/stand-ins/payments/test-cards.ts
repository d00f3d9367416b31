// The provider's test payment methods that Millrace knows (https://docs.stripe.com/testing): which succeed, and how the others decline.

export interface Decline {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
}

const declined = (declineCode: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  declineCode,
  message,
});

const testCards: ReadonlyMap<string, Decline | 'approved'> = new Map<string, Decline | 'approved'>([
  ['pm_card_visa', 'approved'],
  ['pm_card_mastercard', 'approved'],
  ['pm_card_chargeDeclined', declined('generic_decline')],
  ['pm_card_chargeDeclinedInsufficientFunds', declined('insufficient_funds', 'Your card has insufficient funds.')],
  ['pm_card_chargeDeclinedLostCard', declined('lost_card')],
  // As with `error_on_requires_action`.
  [
    'pm_card_authenticationRequired',
    {
      ...declined('authentication_required', 'Your card was declined. This transaction requires authentication.'),
      code: 'authentication_required',
    },
  ],
  ['pm_card_chargeDeclinedExpiredCard', { code: 'expired_card', message: 'Your card has expired.' }],
]);

/** What the card's bank says to an authorisation; undefined for a name that is no test card. */
export function bankAnswer(paymentMethod: string): Decline | 'approved' | undefined {
  return testCards.get(paymentMethod);
}
