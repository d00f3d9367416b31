// Brings every accepted event to the subscriptions that want it: noted before it is acknowledged, tried until it is delivered or
// given up, then kept as a dead letter.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { EventSubscription, EventTopic } from '../topology/event-grid.ts';
import type { Troubles } from '../troubles.ts';
import { type DeadLetterBlob, deadLetterBlob } from './dead-letter.ts';
import { afterAttempt, afterDeadLetter, type Delivery, keepsFailing, newDelivery, unlessExpired } from './delivery.ts';
import { matches } from './filter.ts';
import type { GridEvent } from './grid-event.ts';
import { createLane, type Lane } from './lane.ts';
import { createLedger } from './ledger.ts';
import { createPost } from './post.ts';

const handshakeRetryMs = 10_000;

export interface DispatcherOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly topics: readonly EventTopic[];
  /** Where the host takes events of a function. */
  readonly functionUrl: (functionName: string) => string;
  /** Resolves when it is written; a rejection is tried again. */
  readonly putDeadLetter: (container: string, blob: DeadLetterBlob) => Promise<void>;
  readonly log: (message: string) => void;
  readonly troubles: Troubles;
}

export interface Dispatcher {
  /** Resolves when the events are noted. `isRepeatable` recognises one that was raised before, by its id. */
  accept(topic: EventTopic, events: readonly GridEvent[], isRepeatable: boolean): Promise<void>;
  /** Pending ones and the newest that ended. */
  deliveries(): Promise<Iterable<Delivery>>;
  /** True when no attempt is under way. */
  isIdle(): boolean;
  close(): Promise<void>;
}

export function createDispatcher({
  store,
  clock,
  topics,
  functionUrl,
  putDeadLetter,
  log,
  troubles,
}: DispatcherOptions): Dispatcher {
  const ledger = createLedger(store);
  const post = createPost(clock);
  const lanes = new Map<string, Lane>();
  /** Of handshakes. */
  const retries: { cancel(): void }[] = [];
  let isClosed = false;

  const urlOf = ({ destination }: EventSubscription) =>
    destination.kind === 'function' ? functionUrl(destination.functionName) : destination.url;

  /** Undefined when it ended, or when the process does: then the next one goes on. */
  async function attempt(delivery: Delivery, subscription: EventSubscription): Promise<Delivery | undefined> {
    const next = await step(delivery, subscription);
    if (isClosed && next.state === 'pending') return undefined;
    await ledger.update(next).catch((error: unknown) => log(`Event Grid cannot note an attempt: ${String(error)}`));
    return next.state === 'pending' ? next : undefined;
  }

  async function step(delivery: Delivery, subscription: EventSubscription): Promise<Delivery> {
    if (delivery.reason !== undefined) return writeDeadLetter(delivery, subscription);
    const living = unlessExpired(delivery, subscription, clock.now());
    if (living.reason !== undefined) return living;
    const url = urlOf(subscription);
    const outcome = await post.deliver(url, delivery, subscription);
    const next = afterAttempt(delivery, subscription, outcome, clock.now());
    const subject = `Event Grid's delivery to ${subscription.name}`;
    if (next.state === 'delivered') troubles.works(subject);
    else if (!isClosed && keepsFailing(next, subscription, outcome))
      troubles.fails(subject, `${next.attempts.at(-1)?.outcome ?? ''} at ${url.split('?', 1)[0] ?? ''}`);
    return next;
  }

  async function writeDeadLetter(delivery: Delivery, subscription: EventSubscription): Promise<Delivery> {
    const blob = deadLetterBlob(delivery, subscription.deliverySchema);
    try {
      await putDeadLetter(subscription.deadLetterContainer ?? '', blob);
    } catch (error) {
      log(`Event Grid cannot write a dead letter of ${subscription.name}, it tries again: ${String(error)}`);
      return afterDeadLetter(delivery, false, clock.now());
    }
    return afterDeadLetter(delivery, true, clock.now());
  }

  async function open(lane: Lane, subscription: EventSubscription): Promise<void> {
    if (subscription.destination.kind === 'webhook') {
      const refusal = await post.handshake(urlOf(subscription), subscription);
      if (isClosed) return;
      if (refusal !== undefined) {
        log(`Event Grid delivers nothing to ${subscription.name} before its webhook agrees: ${refusal}.`);
        retries.push(clock.setTimer(clock.now() + handshakeRetryMs, () => void open(lane, subscription)));
        return;
      }
    }
    lane.open();
  }

  async function recover(): Promise<void> {
    for (const delivery of await ledger.recover()) {
      const lane = lanes.get(laneKey(delivery.topic, delivery.subscription));
      if (lane) lane.add(delivery);
      // Its subscription is no longer in the topology, and what waited for it goes with it.
      else await ledger.update({ ...delivery, state: 'dropped', endedAtMs: clock.now() });
    }
  }

  for (const topic of topics) {
    for (const subscription of topic.subscriptions) {
      const lane = createLane(clock, (delivery) => attempt(delivery, subscription));
      lanes.set(laneKey(topic.name, subscription.name), lane);
      void open(lane, subscription);
    }
  }
  const recovered = recover();
  recovered.catch((error: unknown) => log(`Event Grid cannot read its store: ${String(error)}`));

  return {
    accept: async (topic, events, isRepeatable) => {
      await recovered;
      const nowMs = clock.now();
      const deliveries = events.flatMap((event) => deliveriesOf(topic, event, isRepeatable, nowMs));
      if (deliveries.length === 0) return;
      for (const delivery of await ledger.accept(deliveries))
        lanes.get(laneKey(delivery.topic, delivery.subscription))?.add(delivery);
    },
    deliveries: async () => {
      await recovered;
      return ledger.all();
    },
    isIdle: () => [...lanes.values()].every((lane) => lane.isIdle()),
    close: async () => {
      isClosed = true;
      post.close();
      for (const retry of retries) retry.cancel();
      await recovered.catch(() => {});
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}

function deliveriesOf(topic: EventTopic, event: GridEvent, isRepeatable: boolean, nowMs: number): Delivery[] {
  const eventKey = `${topic.name}/${String(event.body['id'])}`;
  // A publisher may use an id as often as it likes.
  const key = isRepeatable ? eventKey : `${eventKey}/${randomUUID()}`;
  return topic.subscriptions
    .filter(({ filter }) => matches(filter, event))
    .map(({ name }) => newDelivery({ key: `${key}/${name}`, topic: topic.name, subscription: name }, event, nowMs));
}

function laneKey(topic: string, subscription: string): string {
  return `${topic}/${subscription}`;
}
