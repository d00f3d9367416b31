// The HTTP side of a subscription: deliveries as Azure sends them, and the handshake by which a webhook agrees to get any.
// https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema and …-cloud-events-schema
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { EventSubscription } from '../topology/event-grid.ts';
import type { Delivery, Outcome } from './delivery.ts';
import { inSchema } from './grid-event.ts';

const answerTimeoutMs = 30_000;
const requestOrigin = 'eventgrid.azure.net';

export interface Post {
  deliver(url: string, delivery: Delivery, subscription: EventSubscription): Promise<Outcome>;
  /** Undefined when the webhook agrees, else what it did instead. */
  handshake(url: string, subscription: EventSubscription): Promise<string | undefined>;
  /** Breaks off what is under way. */
  close(): void;
}

type Answer =
  | { readonly status: number; readonly headers: Headers; readonly text: string }
  | 'unreachable'
  | 'timed-out';

export function createPost(clock: Clock): Post {
  const closing = new AbortController();

  async function send(url: string, init: RequestInit): Promise<Answer> {
    const timeout = new AbortController();
    const timer = clock.setTimer(clock.now() + answerTimeoutMs, () => timeout.abort());
    try {
      const signal = AbortSignal.any([timeout.signal, closing.signal]);
      const answer = await fetch(url, { ...init, redirect: 'manual', signal });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch {
      return timeout.signal.aborted ? 'timed-out' : 'unreachable';
    } finally {
      timer.cancel();
    }
  }

  return {
    deliver: async (url, delivery, subscription) => {
      const answer = await send(url, { method: 'POST', ...deliveryRequest(delivery, subscription) });
      return typeof answer === 'string' ? { kind: answer } : { kind: 'answered', status: answer.status };
    },
    handshake: (url, subscription) =>
      subscription.deliverySchema === 'EventGridSchema'
        ? validateByEvent(send, url, subscription, clock.now())
        : validateByOptions(send, url),
    close: () => closing.abort(),
  };
}

/** Exported for its test. */
export function deliveryRequest(delivery: Delivery, subscription: EventSubscription) {
  const { body } = inSchema(delivery.event, subscription.deliverySchema);
  const isCloudEvent = subscription.deliverySchema === 'CloudEventSchemaV1_0';
  return {
    headers: {
      'content-type': isCloudEvent ? 'application/cloudevents+json; charset=utf-8' : 'application/json; charset=utf-8',
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': subscription.name.toUpperCase(),
      'aeg-delivery-count': String(delivery.attempts.length),
      'aeg-data-version': typeof body['dataVersion'] === 'string' ? body['dataVersion'] : '',
      'aeg-metadata-version': isCloudEvent ? '' : '1',
      'aeg-output-event-id': randomUUID(),
    },
    body: JSON.stringify(isCloudEvent ? body : [body]),
  };
}

type Send = (url: string, init: RequestInit) => Promise<Answer>;

/** Differs from Azure: a webhook must answer the code; there is no validationUrl to open by hand. */
async function validateByEvent(send: Send, url: string, { name }: EventSubscription, nowMs: number) {
  const validationCode = randomUUID();
  const event = {
    id: randomUUID(),
    topic: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local',
    subject: '',
    data: { validationCode },
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: new Date(nowMs).toISOString(),
    metadataVersion: '1',
    dataVersion: '2',
  };
  const answer = await send(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'aeg-event-type': 'SubscriptionValidation',
      'aeg-subscription-name': name.toUpperCase(),
    },
    body: JSON.stringify([event]),
  });
  if (typeof answer === 'string') return `it is ${answer}`;
  if (answer.status === 200 && validationResponseOf(answer.text) === validationCode) return undefined;
  return `it answered ${answer.status} without the validationCode as validationResponse`;
}

function validationResponseOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { validationResponse?: unknown } | null)?.validationResponse;
  } catch {
    return undefined;
  }
}

/** [CloudEvents HTTP 1.1 Web Hooks, 4] */
async function validateByOptions(send: Send, url: string): Promise<string | undefined> {
  const answer = await send(url, { method: 'OPTIONS', headers: { 'webhook-request-origin': requestOrigin } });
  if (typeof answer === 'string') return `it is ${answer}`;
  const allowed = answer.headers.get('webhook-allowed-origin');
  if (answer.status === 200 && (allowed === '*' || allowed === requestOrigin)) return undefined;
  return `it answered OPTIONS with ${answer.status} without WebHook-Allowed-Origin: ${requestOrigin}`;
}
