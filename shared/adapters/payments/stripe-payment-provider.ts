// The payment provider by the stripe package. The idempotency key is the order or payment and the step: asking again is how an unknown
// outcome becomes known. What a payment has come to is always read from the provider.
import { Stripe } from 'stripe';
import { AppError } from '../../kernel/errors.ts';
import type { Payment } from '../../payments/payment.ts';
import { moneyLeft } from '../../payments/payment.ts';
import type { Authorisation, Capture, PaymentProvider, PaymentReversal } from '../../payments/payment-provider.ts';
import { type Ask, type StripeAccount, stripeClient, stripeCode } from './stripe-client.ts';

type OrderPayment = Parameters<PaymentProvider['authorise']>[0];

/** Of a list [https://docs.stripe.com/api/pagination]. */
const pageLimit = 100;
/** How often a payment may change between our look at it and our call. */
const looks = 3;

export function stripePaymentProvider(account: StripeAccount): PaymentProvider {
  const { stripe, ask } = stripeClient(account);
  const authorise = (order: OrderPayment): Promise<Authorisation> => ask(() => hold(stripe, order));
  const give = (paymentId: string): Promise<PaymentReversal> => giveBack(stripe, ask, paymentId);
  return {
    authorise,
    capture: (orderId, paymentId) => capture(stripe, ask, orderId, paymentId),
    reverse: async ({ paymentId, ...order }) => {
      if (paymentId !== undefined) return await give(paymentId);
      const authorisation = await authorise(order).catch(declinedIfInvalid);
      return authorisation.outcome === 'declined' ? 'nothing-charged' : await give(authorisation.paymentId);
    },
    giveBack: give,
    get: (paymentId) => get(stripe, ask, paymentId),
    since: (time) => since(stripe, ask, time),
  };
}

async function hold(stripe: Stripe, { orderId, total, method }: OrderPayment): Promise<Authorisation> {
  try {
    const intent = await stripe.paymentIntents.create(
      {
        amount: total.amountMinor,
        currency: total.currency.toLowerCase(),
        payment_method: method,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        capture_method: 'manual',
        confirm: true,
        // Nobody is there to prove who they are: such a card is declined.
        error_on_requires_action: true,
        metadata: { orderId },
      },
      { idempotencyKey: `${orderId}/authorise` },
    );
    return { outcome: 'authorised', paymentId: intent.id };
  } catch (error) {
    const reason = declineReason(error);
    if (reason !== undefined) return { outcome: 'declined', reason };
    throw error;
  }
}

/** A card error is the bank's "no"; so is a payment method that does not exist, which only the customer can mend. */
function declineReason(error: unknown): string | undefined {
  if (error instanceof Stripe.errors.StripeCardError) return error.decline_code ?? error.code ?? 'declined';
  const isMethod = error instanceof Stripe.errors.StripeInvalidRequestError && error.param === 'payment_method';
  return isMethod ? (error.code ?? 'invalid_payment_method') : undefined;
}

/** Validation comes before the key and before any effect [https://docs.stripe.com/api/idempotent_requests]: nothing was ever held. */
function declinedIfInvalid(error: unknown): Authorisation {
  const cause = error instanceof AppError ? error.cause : undefined;
  const isInvalid = cause instanceof Stripe.errors.StripeInvalidRequestError && cause.statusCode === 400;
  if (!isInvalid) throw error;
  return { outcome: 'declined', reason: cause.code ?? 'invalid' };
}

/** A refusal is looked into: the payment may be taken already, or let go by the provider. */
async function capture(stripe: Stripe, ask: Ask, orderId: string, paymentId: string): Promise<Capture> {
  try {
    await ask(() => stripe.paymentIntents.capture(paymentId, {}, { idempotencyKey: `${orderId}/capture` }));
    return 'captured';
  } catch (error) {
    if (!['payment_intent_unexpected_state', 'charge_expired_for_capture'].includes(stripeCode(error) ?? ''))
      throw error;
    const payment = await get(stripe, ask, paymentId);
    if (payment?.status === 'captured') return 'captured';
    if (payment?.status === 'cancelled') return 'lapsed';
    throw error;
  }
}

/** Looks, voids or refunds what is left, and looks again where the payment changed meanwhile. */
async function giveBack(stripe: Stripe, ask: Ask, paymentId: string): Promise<PaymentReversal> {
  for (let look = 1; ; look += 1) {
    const payment = await get(stripe, ask, paymentId);
    if (payment === undefined)
      throw new AppError('payments-refused', `The payment provider knows no payment ${paymentId}`);
    if (payment.status === 'cancelled') return 'voided';
    if (payment.status === 'declined') return 'nothing-charged';
    const isTaken = payment.status === 'captured';
    if (isTaken && moneyLeft(payment) === 0) return 'refunded';
    try {
      await ask(() => (isTaken ? refundRest(stripe, payment) : letGo(stripe, payment)));
    } catch (error) {
      const hasChanged = ['payment_intent_unexpected_state', 'charge_already_refunded'].includes(
        stripeCode(error) ?? '',
      );
      if (!hasChanged || look === looks) throw error;
    }
  }
}

const letGo = (stripe: Stripe, { paymentId, status }: Payment): Promise<unknown> =>
  stripe.paymentIntents.cancel(paymentId, {}, { idempotencyKey: `${paymentId}/void/${status}` });

/** The key names what went back before, so that the rest goes back once. */
const refundRest = (stripe: Stripe, { paymentId, refundedMinor }: Payment): Promise<unknown> =>
  stripe.refunds.create({ payment_intent: paymentId }, { idempotencyKey: `${paymentId}/refund/${refundedMinor}` });

async function get(stripe: Stripe, ask: Ask, paymentId: string): Promise<Payment | undefined> {
  try {
    return toPayment(await ask(() => stripe.paymentIntents.retrieve(paymentId, { expand: ['latest_charge'] })));
  } catch (error) {
    if (stripeCode(error) === 'resource_missing') return undefined;
    throw error;
  }
}

async function* since(stripe: Stripe, ask: Ask, time: Date): AsyncGenerator<Payment> {
  const wish = {
    created: { gte: Math.floor(time.getTime() / 1_000) },
    limit: pageLimit,
    expand: ['data.latest_charge'],
  };
  let last: string | undefined;
  for (let hasMore = true; hasMore; ) {
    const after = last === undefined ? {} : { starting_after: last };
    const page = await ask(() => stripe.paymentIntents.list({ ...wish, ...after }));
    for (const intent of page.data) yield toPayment(intent);
    last = page.data.at(-1)?.id;
    hasMore = page.has_more && last !== undefined;
  }
}

function toPayment(intent: Stripe.PaymentIntent): Payment {
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const orderId = intent.metadata['orderId'];
  const isTaken = intent.status === 'succeeded';
  return {
    paymentId: intent.id,
    ...(orderId === undefined ? {} : { orderId }),
    status: statusOf(intent.status, charge?.paid === true),
    amountMinor: intent.amount,
    capturedMinor: intent.amount_received,
    // Of a payment that was let go the provider says that its whole charge was refunded.
    refundedMinor: isTaken ? (charge?.amount_refunded ?? 0) : 0,
    currency: intent.currency.toUpperCase(),
    createdAt: new Date(intent.created * 1_000).toISOString(),
  };
}

function statusOf(status: Stripe.PaymentIntent.Status, wasHeld: boolean): Payment['status'] {
  if (status === 'requires_capture') return 'held';
  if (status === 'succeeded') return 'captured';
  if (status === 'canceled') return wasHeld ? 'cancelled' : 'declined';
  return status === 'requires_payment_method' ? 'declined' : 'pending';
}
