// Standard Webhooks 1.0: the signature is an HMAC-SHA256 of "<id>.<timestamp>.<body>" [https://www.standardwebhooks.com].
import { createHmac, randomBytes } from 'node:crypto';
import type { CloudEvent } from '../../kernel/cloud-event.ts';
import type { SignedCall } from '../../webhooks/webhook.ts';

const prefix = 'whsec_';

export const newWebhookSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`;

/** @param timestamp in seconds */
export function signatureOf(id: string, timestamp: string, body: string, secret: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** @param nowMs a receiver refuses what was signed long before it comes, so each attempt is signed anew */
export function signWebhook(event: Omit<CloudEvent, 'datacontenttype'>, secret: string, nowMs: number): SignedCall {
  const body = JSON.stringify(event);
  const timestamp = String(Math.floor(nowMs / 1_000));
  return {
    headers: {
      'content-type': 'application/cloudevents+json',
      'webhook-id': event.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatureOf(event.id, timestamp, body, secret),
    },
    body,
  };
}
