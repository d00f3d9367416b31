// Tells events to the endpoints that want them: noted in the commit of the change they tell of, posted with a signature, repeated with
// back-off until they are taken (https://docs.stripe.com/webhooks). At least once, in no promised order.
import { createHmac } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Change, Store } from '../../store/store.ts';
import type { Troubles } from '../../troubles.ts';
import type { Mode } from '../faults.ts';
import { createTurns, listRecords, readRecord, writeRecord } from '../records.ts';
import type { PaymentEvent } from './payment-events.ts';
import { type WebhookEndpoint, wants, webhookSecret } from './webhook-endpoints.ts';

const eventSpace = 'stand-ins.payment-events';
const endpointSpace = 'stand-ins.webhook-endpoints';
const deliverySpace = 'stand-ins.webhook-deliveries';

const answerTimeoutMs = 10_000;
const giveUpAfterMs = 3 * 24 * 3_600_000;
const longestWaitMs = 3_600_000;
const mostAtOnce = 16;
/** How long every other event waits while the fault `reordered` is on: those that follow overtake it. */
const overtakenMs = 2_000;

interface Delivery {
  readonly eventId: string;
  readonly endpointId: string;
  /** That failed. */
  readonly attempts: number;
  readonly notedAtMs: number;
  readonly dueAtMs: number;
  readonly isOvertaken?: true;
}

export interface NotedEvents {
  /** Go into the commit of the change. */
  readonly changes: readonly Change[];
  /** To be called when that is on disk. */
  send(): void;
}

export interface Webhooks {
  note(events: readonly PaymentEvent[]): Promise<NotedEvents>;
  endpoints(): Promise<WebhookEndpoint[]>;
  add(endpoint: WebhookEndpoint): Promise<void>;
  /** False where there is none of this id. */
  remove(id: string): Promise<boolean>;
  /** Newest first. */
  events(): Promise<PaymentEvent[]>;
  /** Nothing is posted after it. */
  close(): void;
}

export interface WebhooksOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** The fault that the next attempt meets. */
  readonly nextFault: () => Mode;
  readonly troubles: Troubles;
}

export function createWebhooks({ store, clock, nextFault, troubles }: WebhooksOptions): Webhooks {
  const known = new Map<string, WebhookEndpoint>();
  const timers = new Map<string, { cancel(): void }>();
  const inTurn = createTurns();
  const closing = new AbortController();
  let sent = 0;
  let reordered = 0;
  const report = (error: unknown): void => {
    if (!closing.signal.aborted) process.stderr.write(`stand-ins: a webhook cannot be told: ${String(error)}\n`);
  };

  function schedule(delivery: Delivery): void {
    if (closing.signal.aborted) return;
    const key = deliveryKey(delivery);
    const run = (): Promise<void> => {
      timers.delete(key);
      sent += 1;
      return inTurn(String(sent % mostAtOnce), () => attempt(delivery)).catch(report);
    };
    timers.set(key, clock.setTimer(delivery.dueAtMs, run));
  }

  async function attempt(delivery: Delivery): Promise<void> {
    const { eventId, endpointId } = delivery;
    const event = await readRecord<PaymentEvent>(store, eventSpace, eventId);
    const endpoint = known.get(endpointId);
    if (event === undefined || endpoint === undefined) return forget(delivery);
    const fault = nextFault();
    if (fault === 'reordered' && delivery.isOvertaken === undefined && (reordered += 1) % 2 === 1) {
      return schedule({ ...delivery, dueAtMs: clock.now() + overtakenMs, isOvertaken: true });
    }
    let taken = fault !== 'down';
    for (let time = 0; taken && time < (fault === 'repeated' ? 3 : 1); time += 1)
      taken = await post(endpoint.url, event);
    if (closing.signal.aborted) return;
    if (taken) troubles.works(subjectOf(endpoint));
    if (taken || clock.now() - delivery.notedAtMs >= giveUpAfterMs) return forget(delivery);
    const later = afterFailure(delivery, clock.now());
    if (fault !== 'down' && later.attempts > 1) troubles.fails(subjectOf(endpoint), 'no answer, or none of 2xx');
    await store.commit([writeRecord(deliverySpace, deliveryKey(later), later)]);
    schedule(later);
  }

  async function post(url: string, event: PaymentEvent): Promise<boolean> {
    const body = JSON.stringify(event, undefined, 2);
    const timeout = new AbortController();
    const timer = clock.setTimer(clock.now() + answerTimeoutMs, () => timeout.abort());
    try {
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signature(body, clock.now()),
      };
      const signal = AbortSignal.any([timeout.signal, closing.signal]);
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await answer.text();
      return answer.ok;
    } catch {
      return false;
    } finally {
      timer.cancel();
    }
  }

  const forget = (delivery: Delivery): Promise<void> =>
    store.commit([{ space: deliverySpace, key: deliveryKey(delivery), value: null }]);

  const load = async (): Promise<void> => {
    for (const endpoint of await listRecords<WebhookEndpoint>(store, endpointSpace)) known.set(endpoint.id, endpoint);
    for (const delivery of await listRecords<Delivery>(store, deliverySpace)) schedule(delivery);
  };
  const loaded = load();
  loaded.catch(report);

  return {
    note: async (events) => {
      await loaded;
      const nowMs = clock.now();
      const deliveries = events.flatMap((event) =>
        [...known.values()]
          .filter((endpoint) => wants(endpoint, event))
          .map(({ id }) => ({ eventId: event.id, endpointId: id, attempts: 0, notedAtMs: nowMs, dueAtMs: nowMs })),
      );
      return {
        changes: [
          ...events.map((event) => writeRecord(eventSpace, event.id, event)),
          ...deliveries.map((delivery) => writeRecord(deliverySpace, deliveryKey(delivery), delivery)),
        ],
        send: () => deliveries.forEach(schedule),
      };
    },
    endpoints: async () => {
      await loaded;
      return [...known.values()].toSorted((a, b) => b.created - a.created);
    },
    add: async (endpoint) => {
      await loaded;
      await store.commit([writeRecord(endpointSpace, endpoint.id, endpoint)]);
      known.set(endpoint.id, endpoint);
    },
    remove: async (id) => {
      await loaded;
      if (!known.has(id)) return false;
      await store.commit([{ space: endpointSpace, key: id, value: null }]);
      return known.delete(id);
    },
    events: async () => (await listRecords<PaymentEvent>(store, eventSpace)).toReversed(),
    close: () => {
      closing.abort();
      for (const timer of timers.values()) timer.cancel();
    },
  };
}

const subjectOf = ({ url }: WebhookEndpoint): string => `The payment provider's webhook to ${url}`;

/** The scheme v1 of https://docs.stripe.com/webhooks/signature */
function signature(body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', webhookSecret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

/** Differs from Azure (here: from Stripe): the first repeats come within seconds: 1, 2, 4 … at most an hour, for three days. */
function afterFailure(delivery: Delivery, nowMs: number): Delivery {
  const waitMs = Math.min(longestWaitMs, 1_000 * 2 ** Math.min(delivery.attempts, 20));
  return { ...delivery, attempts: delivery.attempts + 1, dueAtMs: nowMs + waitMs };
}

const deliveryKey = ({ eventId, endpointId }: Delivery): string => `${eventId}/${endpointId}`;
