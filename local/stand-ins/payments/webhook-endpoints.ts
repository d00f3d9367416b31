// Where the provider tells its events to: POST, GET and DELETE /v1/webhook_endpoints (https://docs.stripe.com/api/webhook_endpoints).
import { randomBytes } from 'node:crypto';
import { type Form, textOf, textsOf } from './form.ts';
import { refuseUnknownNames } from './parameters.ts';
import { eventTypes, type PaymentEvent } from './payment-events.ts';
import { invalidRequest, missingParameter, type Refusal } from './refusal.ts';

export interface WebhookEndpoint {
  readonly id: string;
  readonly object: 'webhook_endpoint';
  readonly api_version: null;
  readonly created: number;
  readonly description: string | null;
  readonly enabled_events: readonly string[];
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: 'enabled';
  readonly url: string;
}

/** Differs from Azure (here: from Stripe): every endpoint has this secret, so that it can stand in a settings file beforehand. */
export const webhookSecret = 'whsec_bG9jYWwtZGV2ZWxvcG1lbnQ';

const names = ['url', 'enabled_events', 'description', 'metadata', 'api_version', 'connect', 'expand'];
const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** The endpoint that is wished for, or what is wrong with the wish. */
export function newEndpoint(form: Form, nowSeconds: number): WebhookEndpoint | Refusal {
  const unknown = refuseUnknownNames(form, names);
  if (unknown) return unknown;
  const url = textOf(form, 'url');
  if (url === undefined) return missingParameter('url');
  if (!isLoopback(url)) {
    const message = 'Invalid URL: this provider is a stand-in and calls http addresses of this machine only.';
    return invalidRequest('url_invalid', message, 'url');
  }
  const enabled = Object.values(textsOf(form, 'enabled_events'));
  if (enabled.length === 0) return missingParameter('enabled_events');
  const stranger = enabled.find((type) => type !== '*' && !eventTypes.some((known) => known === type));
  if (stranger !== undefined) {
    const message = `Invalid enabled_events: ${stranger}; must be * or some of ${eventTypes.join(', ')}`;
    return invalidRequest(undefined, message, 'enabled_events');
  }
  return {
    id: `we_${randomBytes(12).toString('hex')}`,
    object: 'webhook_endpoint',
    api_version: null,
    created: nowSeconds,
    description: textOf(form, 'description') ?? null,
    enabled_events: enabled,
    livemode: false,
    metadata: textsOf(form, 'metadata'),
    status: 'enabled',
    url,
  };
}

export const wants = ({ enabled_events: enabled }: WebhookEndpoint, { type }: PaymentEvent): boolean =>
  enabled.includes('*') || enabled.includes(type);

/** Differs from Azure (here: from Stripe): only addresses of this machine are called. */
function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && loopback.includes(hostname);
}
