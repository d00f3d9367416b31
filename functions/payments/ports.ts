import { settings } from '../../shared/adapters/environment.ts';
import { stripePaymentEvents } from '../../shared/adapters/payments/stripe-payment-events.ts';
import { stripePaymentProvider } from '../../shared/adapters/payments/stripe-payment-provider.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';

const { PAYMENTS_URL: url, PAYMENTS_KEY: key, PAYMENTS_WEBHOOK_SECRET: secret } = settings();
const account = { url, key, guard: guards.payments };

export const payments = stripePaymentProvider(account);
export const paymentEvents = stripePaymentEvents({ ...account, secret });
