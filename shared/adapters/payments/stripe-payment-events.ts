// Events of the payment provider by the stripe package: checked against their signature before anything in them is looked at.
import type { Stripe } from 'stripe';
import { z } from 'zod';
import { AppError } from '../../kernel/errors.ts';
import type { PaymentEvents, PaymentHint } from '../../payments/payment-provider.ts';
import { type StripeAccount, stripeClient, stripeCode } from './stripe-client.ts';

/** Age of a signature that is still taken, in seconds: what is older may be somebody's recording. */
const toleranceSeconds = 300;

/** Those by which money is held or taken; whatever else happens to a payment we did ourselves. */
const told = ['payment_intent.amount_capturable_updated', 'payment_intent.succeeded'] as const;

/** By which our own endpoints are known among the account's. */
const owner = { app: 'millrace' };

/** `secret` signs what the provider sends. */
export function stripePaymentEvents({
  secret,
  ...account
}: StripeAccount & { readonly secret: string }): PaymentEvents {
  const { stripe, ask } = stripeClient(account);
  const ours = async (): Promise<Stripe.WebhookEndpoint[]> => {
    const { data } = await ask(() => stripe.webhookEndpoints.list({ limit: 100 }));
    return data.filter(({ metadata }) => metadata['app'] === owner.app).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };
  return {
    read: (body, signature) => hintOf(verified(stripe, body, signature, secret)),
    register: async (url) => {
      const before = await ours();
      if (!before.some((endpoint) => endpoint.url === url)) {
        const wish = { url, enabled_events: [...told], metadata: owner };
        await ask(() => stripe.webhookEndpoints.create(wish));
      }
      // Several hosts start at once, and the address may have been another yesterday: one endpoint stays.
      const [keep] = (await ours()).filter((endpoint) => endpoint.url === url);
      for (const { id } of await ours()) if (id !== keep?.id) await remove(id);
    },
  };

  async function remove(id: string): Promise<void> {
    try {
      await ask(() => stripe.webhookEndpoints.del(id));
    } catch (error) {
      if (stripeCode(error) !== 'resource_missing') throw error;
    }
  }
}

function verified(stripe: Stripe, body: Uint8Array, signature: string | null, secret: string): unknown {
  try {
    return stripe.webhooks.constructEvent(Buffer.from(body), signature ?? '', secret, toleranceSeconds);
  } catch (cause) {
    throw new AppError('invalid-signature', 'The event is not signed by the payment provider, or too old', { cause });
  }
}

const aboutPayment = z.object({
  data: z.object({
    object: z.object({
      object: z.literal('payment_intent'),
      id: z.string(),
      metadata: z.object({ orderId: z.string().optional() }).optional(),
    }),
  }),
});

function hintOf(event: unknown): PaymentHint | undefined {
  const { object } = aboutPayment.safeParse(event).data?.data ?? {};
  if (object === undefined) return undefined;
  const orderId = object.metadata?.orderId;
  return { paymentId: object.id, ...(orderId === undefined ? {} : { orderId }) };
}
