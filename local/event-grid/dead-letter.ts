// The blob that keeps an event which was given up: its name and what stands in it.
// https://learn.microsoft.com/azure/event-grid/delivery-and-retry#delivery-event-formats
import { createHash } from 'node:crypto';
import type { EventSchema } from '../topology/event-grid.ts';
import type { Delivery } from './delivery.ts';
import { inSchema } from './grid-event.ts';

export interface DeadLetterBlob {
  readonly name: string;
  readonly body: string;
}

/** The same delivery has the same name, so that writing it twice leaves one. */
export function deadLetterBlob(delivery: Delivery, schema: EventSchema): DeadLetterBlob {
  const lastAttemptAtMs = delivery.attempts.at(-1)?.atMs;
  const at = new Date(lastAttemptAtMs ?? delivery.acceptedAtMs);
  const hour = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours()].join('/');
  const event = {
    ...inSchema(delivery.event, schema).body,
    ...inCase(schema, propertiesOf(delivery, lastAttemptAtMs)),
  };
  return {
    name: `${delivery.subscription.toUpperCase()}/${hour}/${guidOf(delivery.key)}.json`,
    body: JSON.stringify([event]),
  };
}

function propertiesOf(delivery: Delivery, lastAttemptAtMs: number | undefined): Record<string, unknown> {
  return {
    deadLetterReason: delivery.reason,
    deliveryAttempts: delivery.attempts.length,
    lastDeliveryOutcome: delivery.attempts.at(-1)?.outcome ?? null,
    publishTime: new Date(delivery.acceptedAtMs).toISOString(),
    ...(lastAttemptAtMs !== undefined && { lastDeliveryAttemptTime: new Date(lastAttemptAtMs).toISOString() }),
  };
}

/** Attributes of a CloudEvent are lower case. */
function inCase(schema: EventSchema, properties: Record<string, unknown>): Record<string, unknown> {
  if (schema === 'EventGridSchema') return properties;
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]));
}

function guidOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
