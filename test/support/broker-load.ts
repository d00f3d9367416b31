// Clients of every kind that send and receive as fast as they can until their broker dies, and a ledger of what they were told.
import { setTimeout as delay } from 'node:timers/promises';
import {
  ServiceBusClient,
  type ServiceBusMessage,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import { connectionString } from './service-bus.ts';

export const loadTopology = {
  serviceBus: {
    queues: [
      { name: 'plain', properties: { maxDeliveryCount: 100 } },
      { name: 'batched', properties: { maxDeliveryCount: 100 } },
      { name: 'mail', properties: { maxDeliveryCount: 100 } },
      { name: 'scheduled', properties: { maxDeliveryCount: 100 } },
      { name: 'poison', properties: { maxDeliveryCount: 100 } },
      { name: 'once', properties: { maxDeliveryCount: 100, requiresDuplicateDetection: true } },
      { name: 'kitchen', properties: { maxDeliveryCount: 100, requiresSession: true } },
    ],
    topics: [
      {
        name: 'events',
        subscriptions: [
          { name: 'forwarded', properties: { forwardTo: 'mail' } },
          { name: 'audit', properties: { maxDeliveryCount: 100 } },
        ],
      },
    ],
  },
};

/** Where a message must turn up that was sent to an entity, and the path to receive it from. */
export const places: Readonly<Record<string, readonly string[]>> = {
  plain: ['plain'],
  batched: ['batched'],
  events: ['mail', 'events/audit'],
  scheduled: ['scheduled'],
  poison: ['poison'],
  once: ['once'],
  kitchen: ['kitchen'],
};

/** Messages by place and id, `mail 17`. */
export interface Ledger {
  readonly attempted: Set<string>;
  /** The broker said it has it. */
  readonly accepted: Set<string>;
  /** The broker said that it is settled. */
  readonly settled: Set<string>;
  readonly seen: Set<string>;
  /** What must not happen, in words. */
  readonly violations: string[];
}

export const newLedger = (): Ledger => ({
  attempted: new Set(),
  accepted: new Set(),
  settled: new Set(),
  seen: new Set(),
  violations: [],
});

let nextId = 0;

/** Runs until the broker is gone; `stop` closes the connections. */
export function startLoad(port: number, ledger: Ledger): { stop(): Promise<unknown> } {
  // Whoever repeats a send without duplicate detection makes a duplicate: here nobody repeats but the sender to `once`.
  const client = new ServiceBusClient(connectionString(port), { retryOptions: { maxRetries: 0, timeoutInMs: 2000 } });
  const loops = [
    sendsOneByOne('plain'),
    sendsOneByOne('plain'),
    sendsOneByOne('events'),
    sendsOneByOne('poison'),
    sendsOneByOne('kitchen'),
    sendsBatches(),
    schedules(),
    repeats(),
    receives(client.createReceiver('plain'), 'plain'),
    receives(client.createReceiver('batched'), 'batched'),
    receives(client.createReceiver('mail'), 'mail'),
    receives(client.createReceiver('events', 'audit'), 'events/audit'),
    receives(client.createReceiver('once'), 'once'),
    buries(),
  ];
  const ends = loops.map((loop) => loop.catch(() => undefined));
  // Its requests at the link of management hang for a minute; nobody waits for that.
  servesSessions().catch(() => undefined);
  return { stop: () => Promise.all([client.close().catch(() => undefined), ...ends]) };

  async function attempt(entity: string, messages: ServiceBusMessage[], send: () => Promise<unknown>): Promise<void> {
    const keys = (places[entity] ?? []).flatMap((place) => messages.map((message) => keyOf(place, message)));
    for (const key of keys) ledger.attempted.add(key);
    await send();
    for (const key of keys) ledger.accepted.add(key);
  }

  async function sendsOneByOne(entity: string): Promise<void> {
    const sender = client.createSender(entity);
    for (;;) {
      const message = newMessage();
      await attempt(entity, [message], () => sender.sendMessages(message));
    }
  }

  async function sendsBatches(): Promise<void> {
    const sender = client.createSender('batched');
    for (;;) {
      const messages = Array.from({ length: 20 }, newMessage);
      await attempt('batched', messages, () => sender.sendMessages(messages));
    }
  }

  async function schedules(): Promise<void> {
    const sender = client.createSender('scheduled');
    for (;;) {
      const messages = Array.from({ length: 5 }, newMessage);
      const dueAt = new Date(Date.now() + 50 * (nextId % 40));
      await attempt('scheduled', messages, () => sender.scheduleMessages(messages, dueAt));
      await delay(5);
    }
  }

  /** Every message twice, whatever became of the first. */
  async function repeats(): Promise<void> {
    const sender = client.createSender('once');
    for (;;) {
      const message = unanswered ?? newMessage();
      unanswered = message;
      await attempt('once', [message], () => Promise.all([sender.sendMessages(message), sender.sendMessages(message)]));
      unanswered = undefined;
    }
  }

  async function receives(receiver: ServiceBusReceiver, place: string): Promise<void> {
    for (;;)
      for (const message of await receiver.receiveMessages(20, { maxWaitTimeInMs: 1000 }))
        await settle(receiver, place, message, ledger);
  }

  async function buries(): Promise<void> {
    const receiver = client.createReceiver('poison');
    for (;;) {
      for (const message of await receiver.receiveMessages(20, { maxWaitTimeInMs: 1000 })) {
        noteSeen(ledger, 'poison', message);
        ledger.attempted.add(keyOf('dead', message));
        await receiver.deadLetterMessage(message, { deadLetterReason: 'poison', deadLetterErrorDescription: '' });
        ledger.settled.add(keyOf('poison', message));
        ledger.accepted.add(keyOf('dead', message));
      }
    }
  }

  async function servesSessions(): Promise<void> {
    for (;;) {
      const session = await client.acceptNextSession('kitchen');
      const messages = await session.receiveMessages(20, { maxWaitTimeInMs: 100 });
      for (const message of messages) await settle(session, 'kitchen', message, ledger);
      await session.setSessionState(messages.length);
      await session.close();
    }
  }
}

/** The message to `once` whose fate its sender does not know: it sends it again to the next broker. */
let unanswered: ServiceBusMessage | undefined;

function newMessage(): ServiceBusMessage {
  nextId += 1;
  return { messageId: String(nextId), body: 'x'.repeat(200), sessionId: `table-${nextId % 5}` };
}

export async function settle(
  receiver: ServiceBusReceiver,
  place: string,
  message: ServiceBusReceivedMessage,
  ledger: Ledger,
): Promise<void> {
  noteSeen(ledger, place, message);
  // Now and then one is given back: it comes again, counted.
  if (Number(message.messageId) % 17 === 0 && message.deliveryCount === 0) return receiver.abandonMessage(message);
  await receiver.completeMessage(message);
  ledger.settled.add(keyOf(place, message));
}

function keyOf(place: string, { messageId }: Pick<ServiceBusMessage, 'messageId'>): string {
  return `${place} ${String(messageId)}`;
}

function noteSeen(ledger: Ledger, place: string, message: ServiceBusReceivedMessage): void {
  const key = keyOf(place, message);
  if (!ledger.attempted.has(key)) ledger.violations.push(`${key} was never sent`);
  if (ledger.settled.has(key)) ledger.violations.push(`${key} came after it was settled`);
  if (ledger.seen.has(key) && message.deliveryCount === 0) ledger.violations.push(`${key} came again as if new`);
  ledger.seen.add(key);
}

/** Receives all there is. `dead` are the dead letters of `poison`. */
export async function drain(port: number, ledger: Ledger): Promise<void> {
  const client = new ServiceBusClient(connectionString(port));
  const lastDueMs = 2500;
  await delay(lastDueMs);
  for (const place of ['plain', 'batched', 'mail', 'scheduled', 'poison', 'once'])
    await drainReceiver(client.createReceiver(place), place, ledger);
  await drainReceiver(client.createReceiver('events', 'audit'), 'events/audit', ledger);
  await drainReceiver(client.createReceiver('poison', { subQueueType: 'deadLetter' }), 'dead', ledger);
  for (let table = 0; table < 5; table += 1)
    await drainReceiver(await client.acceptSession('kitchen', `table-${table}`), 'kitchen', ledger);
  await client.close();
}

async function drainReceiver(receiver: ServiceBusReceiver, place: string, ledger: Ledger): Promise<void> {
  for (;;) {
    const messages = await receiver.receiveMessages(500, { maxWaitTimeInMs: 500 });
    if (messages.length === 0) return receiver.close();
    // One after the other: rhea, in the client, tells outcomes of one tick that follow one another as if they were the same.
    for (const message of messages) await settle(receiver, place, message, ledger);
  }
}
