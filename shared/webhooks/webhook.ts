// Who outside is told of which events, and how they know that we tell them [https://www.standardwebhooks.com].
import { z } from 'zod';
import { alertCleared, alertRaised } from '../contracts/operations.ts';
import { AppError } from '../kernel/errors.ts';
import { eventName } from '../kernel/cloud-event.ts';
import { isUuid } from '../kernel/ids.ts';

/** By their short names: what a receiver may ask for. */
export const webhookEvents = ['AlertRaised', 'AlertCleared'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** The contracts of the same events. */
export const webhookContracts = [alertRaised, alertCleared] as const;

export interface Webhook {
  readonly webhookId: string;
  readonly url: string;
  /** Without any: all of them. */
  readonly events: readonly WebhookEvent[];
  /** What deliveries are signed with: `whsec_` and base64. */
  readonly secret: string;
  readonly createdAt: string;
}

/** They are few: a person makes each. */
export const mostWebhooks = 50;

export const registerWebhookSchema = z.strictObject({
  url: z
    .string()
    .max(2_048)
    .describe('https, of a public host; answers 2xx within 10 s, and 410 when it wants no more'),
  events: z.array(z.enum(webhookEvents)).min(1).optional().describe('which events; all of them when left out'),
});

export interface WebhookStore {
  get(webhookId: string): Promise<Webhook | undefined>;
  /** Nothing where there is one of this id. */
  create(webhook: Webhook): Promise<void>;
  /** Answers whether it was there. */
  remove(webhookId: string): Promise<boolean>;
  list(): Promise<readonly Webhook[]>;
}

/** Posts what was signed. @throws AppError webhook-unavailable, webhook-refused, webhook-not-allowed */
export type PostToWebhook = (url: string, call: SignedCall) => Promise<'taken' | 'gone'>;

export interface SignedCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An id of any other form names nothing. @throws AppError webhook-not-found */
export function webhookIdFrom(text: string | undefined): string {
  if (text === undefined || !isUuid(text)) throw webhookNotFound();
  return text;
}

export const webhookNotFound = (): AppError => new AppError('webhook-not-found', 'There is no webhook of this id');

export const wants = ({ events }: Webhook, type: string): boolean =>
  events.length === 0 || events.some((event) => event === eventName(type));

/** As the API shows it: the secret is told once, to whoever registers it. */
export const webhookView = ({ secret: _secret, ...webhook }: Webhook) => webhook;
