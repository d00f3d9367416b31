// A request to the Event Grid webhook, read as what Event Grid means by it [Azure Event Grid: webhook event delivery,
// endpoint validation; CloudEvents: HTTP webhooks 1.0, 4; HTTP protocol binding 1.0, 3].
import type { IncomingHttpHeaders } from 'node:http';

export type GridEvent = Readonly<Record<string, unknown>>;

export type GridRequest =
  | { readonly kind: 'handshake'; readonly validationCode: string }
  | { readonly kind: 'events'; readonly events: readonly GridEvent[] }
  | { readonly kind: 'unsubscribe' }
  | { readonly kind: 'invalid'; readonly detail: string };

export function readGridRequest(headers: IncomingHttpHeaders, body: Buffer): GridRequest {
  const type = headerOf(headers, 'aeg-event-type')?.toLowerCase() ?? 'notification';
  if (type === 'unsubscribe') return { kind: 'unsubscribe' };
  const events = parseEvents(body);
  if (!events) return { kind: 'invalid', detail: 'Send one event or an array of events as JSON.' };
  if (type === 'notification') return { kind: 'events', events };
  if (type !== 'subscriptionvalidation')
    return { kind: 'invalid', detail: `The aeg-event-type '${type}' is not known here.` };
  const { validationCode } = (events[0]?.['data'] ?? {}) as { validationCode?: unknown };
  return typeof validationCode === 'string'
    ? { kind: 'handshake', validationCode }
    : { kind: 'invalid', detail: 'The validation event has no data.validationCode.' };
}

function parseEvents(body: Buffer): readonly GridEvent[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    const events: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    const areObjects = events.every((event) => typeof event === 'object' && event !== null && !Array.isArray(event));
    return areObjects && events.length > 0 ? (events as GridEvent[]) : undefined;
  } catch {
    return undefined;
  }
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
