// The payment provider by the stripe package. The idempotency key is the order and the step: asking again is how an unknown
// outcome becomes known. Nobody retries here: the saga does, by Durable, and reads the order again before it does.
import { Stripe } from 'stripe';
import { AppError } from '../kernel/errors.ts';
import type { Authorisation, PaymentProvider } from '../payments/payment-provider.ts';
import type { Guard } from './resilience/guard.ts';

type OrderPayment = Parameters<PaymentProvider['authorise']>[0];

/** `url` is the provider's address, `key` its secret key. */
export function stripePaymentProvider({
  url,
  key,
  guard,
}: {
  readonly url: string;
  readonly key: string;
  readonly guard: Guard;
}): PaymentProvider {
  const { hostname, port, protocol } = new URL(url);
  const secure = protocol === 'https:';
  const stripe = new Stripe(key, {
    host: hostname,
    port: port || (secure ? 443 : 80),
    protocol: secure ? 'https' : 'http',
    maxNetworkRetries: 0,
    // The package takes no signal: its own time-out ends the request.
    timeout: guard.limits.timeoutMs,
    telemetry: false,
  });
  const { paymentIntents, refunds } = stripe;
  const ask = <T>(call: () => Promise<T>): Promise<T> => guard.run(() => provided(call));
  const authorise = (order: OrderPayment): Promise<Authorisation> => ask(() => hold(stripe, order));
  return {
    authorise,
    capture: async (orderId, paymentId) => {
      const options = { idempotencyKey: `${orderId}/capture` };
      await ask(() => paymentIntents.capture(paymentId, {}, options));
    },
    reverse: async (order) => {
      const authorisation = await authorise(order);
      if (authorisation.outcome === 'declined') return 'nothing-charged';
      const { paymentId } = authorisation;
      const { status } = await ask(() => paymentIntents.retrieve(paymentId));
      if (status === 'succeeded') {
        const options = { idempotencyKey: `${order.orderId}/refund` };
        await ask(() => refunds.create({ payment_intent: paymentId }, options));
        return 'refunded';
      }
      const options = { idempotencyKey: `${order.orderId}/void` };
      if (status !== 'canceled') await ask(() => paymentIntents.cancel(paymentId, {}, options));
      return 'voided';
    },
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

/** @throws AppError payments-unavailable, payments-refused */
async function provided<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const refused =
      cause instanceof Stripe.errors.StripeError && cause.statusCode !== undefined && isRefusal(cause.statusCode);
    if (refused) throw new AppError('payments-refused', `The payment provider refused: ${cause.message}`, { cause });
    throw new AppError('payments-unavailable', 'The payment provider does not answer; the outcome is unknown', {
      cause,
    });
  }
}

/** 409 is another request with our key still under way, 429 throttling: both pass. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 409 && status !== 429;
