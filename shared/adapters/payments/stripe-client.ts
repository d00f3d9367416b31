// The stripe package as this app uses it: no retries of its own, within the limits of the guard, errors in the application's terms.
import { Stripe } from 'stripe';
import { AppError } from '../../kernel/errors.ts';
import type { Guard } from '../resilience/guard.ts';

export interface StripeAccount {
  /** The provider's address. */
  readonly url: string;
  /** Its secret key. */
  readonly key: string;
  readonly guard: Guard;
}

/** Makes a call. @throws AppError payments-unavailable, payments-refused */
export type Ask = <T>(call: () => Promise<T>) => Promise<T>;

/** Nobody retries here: the saga does, by Durable, and reads the order again before it does. */
export function stripeClient({ url, key, guard }: StripeAccount): { readonly stripe: Stripe; readonly ask: Ask } {
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
    httpClient: strictHttpClient(),
  });
  return { stripe, ask: (call) => guard.run(() => provided(call)) };
}

/** The package takes any JSON without `error` for a success, and so the 502 of a gateway in between for a payment without an id. */
function strictHttpClient(): ReturnType<typeof Stripe.createNodeHttpClient> {
  const client = Stripe.createNodeHttpClient();
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    const response = await makeRequest(...request);
    const status = response.getStatusCode();
    if (status < 500) return response;
    // Read to its end the connection can be used again.
    await response.toJSON().catch(() => undefined);
    throw new Error(`the payment provider answered ${status}`);
  };
  return client;
}

/** The provider's code behind an error of ours, such as `resource_missing`. */
export function stripeCode(error: unknown): string | undefined {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof Stripe.errors.StripeError ? cause.code : undefined;
}

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
