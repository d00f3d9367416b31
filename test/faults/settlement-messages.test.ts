// Faults 14, 16 and 19, the app's side, on the whole local Azure with processes killed: what becomes of a message whose completion is
// lost, that nobody understands, or that is too large to be sent.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest';
import topology from '../../infra/topology.json' with { type: 'json' };
import { blobClaimStore, type BlobClaimStore } from '../../shared/adapters/blobs/claim-check.ts';
import { createGuards } from '../../shared/adapters/resilience/guard.ts';
import {
  busOutboxSender,
  type RawSender,
  serviceBusSender,
} from '../../shared/adapters/messaging/service-bus-sender.ts';
import { toMessage } from '../../shared/contracts/contract.ts';
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { checkIn } from '../../shared/kernel/claim-check.ts';
import type { MessageSender, OutboxMessage } from '../../shared/kernel/outbox.ts';
import { containers, queues, topics } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { anyDeadLetters, deadLettersOf, peekFromStart } from '../support/dead-letters.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { validOrder } from '../support/order-requests.ts';
import { busClient } from '../support/order-status-asker.ts';
import { blobsOf } from '../support/telemetry-client.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
const folder = mkdtempSync(join(tmpdir(), 'millrace-topology-'));
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;
let bus: ServiceBusClient;
let claims: BlobClaimStore;
let raw: RawSender;
let sender: MessageSender;

beforeAll(async () => {
  // A lock of 5 s instead of 5 min: a message whose receiver died comes back before anybody falls asleep.
  const briefly = JSON.stringify(topology).replaceAll('"lockDuration":"PT5M"', '"lockDuration":"PT5S"');
  writeFileSync(join(folder, 'topology.json'), briefly);
  azure = await startLocalAzure(data, ['--topology', join(folder, 'topology.json')]);
  api = apiClient(azure.url);
  bus = busClient(azure);
  claims = blobClaimStore(() => blobsOf(azure).getContainerClient(containers.claimChecks));
  raw = serviceBusSender(() => bus, createGuards()['service-bus']);
  sender = busOutboxSender(raw, claims);
});

beforeEach(() => onTestFailed(() => console.log(azure.output().slice(-10_000))));

afterAll(async () => {
  await bus.close();
  await azure.stop();
  removeData(data);
  rmSync(folder, { recursive: true });
});

async function kill(commandLine: RegExp): Promise<void> {
  const pid = await waitFor(`a process of ${commandLine}`, () => azure.children(commandLine)[0]);
  process.kill(pid, 'SIGKILL');
}

const fault = (mode: string, count?: number) => api.ask('POST', '/local/faults', { target: 'mail', mode, count });

/** A draft: nobody has confirmed it by mail. */
const unconfirmedOrder = (): Promise<string> => api.place(validOrder({ draft: true }));

/** The event upon which an order is confirmed by mail; `paymentId` may be as long as one likes. */
function captured(orderId: string, paymentId = 'pi_1', messageId: string = crypto.randomUUID()): OutboxMessage {
  const amount = { amountMinor: 1, currency: 'EUR' as const };
  const told = { id: messageId, subject: orderId, time: new Date().toISOString() };
  return toMessage(orderEvents.PaymentCaptured, { ...told, data: { orderId, version: 1, paymentId, amount } });
}

const mailOf = (orderId: string, label: string) =>
  waitFor(`the mail of ${label}`, async () => (await api.mails(orderId)).length > 0, { timeoutMs: 60_000 });

const deliveriesOfMail = (): number => azure.output().split("Executing 'Functions.sendOrderMail'").length - 1;

const waitingMails = () => peekFromStart(azure, queues.mail);

test.each([
  ['the host dies', /millrace-host/],
  ['the connection is cut with the broker', /services-process/],
])('fault 14: %s between the mail and the completion of its message: delivered again, one mail', async (_, victim) => {
  const orderId = await unconfirmedOrder();
  // The work is done, and its answer comes 5 s late: nobody has completed the message by then.
  await fault('slow', 1);
  await sender.send(queues.mail, [captured(orderId)]);
  await mailOf(orderId, 'the order');
  const deliveries = deliveriesOfMail();
  await kill(victim);
  await waitFor('the completion', async () => (await waitingMails()).length === 0, { timeoutMs: 60_000 });
  expect(deliveriesOfMail()).toBeGreaterThan(deliveries);
  expect(await api.mails(orderId)).toHaveLength(1);
  expect(await anyDeadLetters(azure)).toEqual([]);
});

test('fault 16: what nobody understands is a dead letter with reason and description, its properties kept, though the host is killed', async () => {
  const [event] = [captured(crypto.randomUUID())];
  const bodies = [
    ['poison JSON', '{"specversion":"1.0","type":', /not JSON/],
    [
      'a version not known',
      event.body.replace('PaymentCaptured.v1', 'PaymentCaptured.v9'),
      /takes .*PaymentCaptured\.v9/,
    ],
    ['a type nobody takes', event.body.replace('millrace.orders.PaymentCaptured.v1', 'com.example.Hello.v1'), /Hello/],
    ['data against the contract', event.body.replace('"amountMinor":1', '"amountMinor":"one"'), /amountMinor/],
    ['an order that is not there', event.body, /./],
  ] as const;
  const sent = bodies.flatMap(([what, body, description]) =>
    Array.from({ length: 6 }, (_, n) => ({ messageId: `${what} ${n}`, body, description })),
  );
  const toMail = sent.map(({ messageId, body }) => ({
    messageId,
    body: Buffer.from(body),
    subject: 'PaymentCaptured',
    correlationId: 'c-1',
    contentType: 'application/cloudevents+json',
    applicationProperties: { tenant: 'ada', weight: 3 },
  }));
  await raw.send(queues.mail, toMail);
  await kill(/millrace-host/);
  const letters = await waitFor(
    'every dead letter',
    async () => {
      const found = await deadLettersOf(azure);
      return new Set(found.map(({ messageId }) => messageId)).size >= sent.length && found;
    },
    { timeoutMs: 90_000, intervalMs: 200 },
  );
  for (const { messageId, body, description } of sent) {
    const letter = letters.find((candidate) => candidate.messageId === messageId);
    expect(letter).toMatchObject({
      subject: 'PaymentCaptured',
      correlationId: 'c-1',
      contentType: 'application/cloudevents+json',
      state: 'open',
      reason: messageId.startsWith('an order') ? 'order-not-found' : 'invalid-message',
      description: expect.stringMatching(description),
      sourceEntity: queues.mail,
      properties: { tenant: 'ada', weight: 3 },
      body,
    });
  }
  await waitFor('an empty queue', async () => (await waitingMails()).length === 0);
}, 180_000);

test.each([
  ['PaymentCaptured', queues.mail],
  ['OrderCompleted', queues.kitchen],
  ['OrderReady', queues.driver],
])('fault 16: %s of the topic that nobody understands is a dead letter of its subscriber', async (subject, queue) => {
  const messageId = `${subject} through the topic`;
  const body = Buffer.from(`${captured(crypto.randomUUID()).body}}`);
  await raw.send(topics.orderEvents, { messageId, sessionId: 'kitchen-harbour', subject, body });
  const letter = await waitFor('the dead letter', async () =>
    (await deadLettersOf(azure)).find((candidate) => candidate.messageId === messageId),
  );
  expect(letter).toMatchObject({ reason: 'invalid-message', sourceEntity: queue });
});

const limitBytes = 256 * 1024;

/** An event whose body has so many bytes. */
const sized = (orderId: string, bytes: number): OutboxMessage => {
  const event = captured(orderId, '', crypto.randomUUID());
  return captured(orderId, 'x'.repeat(bytes - Buffer.byteLength(event.body)), event.messageId);
};

test.each([
  ['one byte below', -1],
  ['at', 0],
  ['one byte above', 1],
])('fault 19: an event %s the 256 KB of the broker takes effect by its claim', async (label, more) => {
  const orderId = await unconfirmedOrder();
  const message = sized(orderId, limitBytes + more);
  expect(Buffer.byteLength(message.body)).toBe(limitBytes + more);
  await sender.send(topics.orderEvents, [message]);
  await mailOf(orderId, label);
  expect(await api.mails(orderId)).toHaveLength(1);
});

test.each([
  ['missing', (name: string) => blobsOf(azure).getContainerClient(containers.claimChecks).deleteBlob(name)],
  ['altered', (name: string) => claims.put(name, Buffer.from('{"orderId":"another"}'))],
])(
  'fault 19: an event whose claim is %s is a dead letter with that reason, its check untouched',
  async (what, spoil) => {
    const orderId = await unconfirmedOrder();
    const message = sized(orderId, limitBytes);
    const body = await checkIn(message.body, claims);
    await spoil(String(JSON.parse(body).datasha256));
    await sender.send(queues.mail, [{ ...message, body }]);
    const letter = await waitFor('the dead letter', async () =>
      (await deadLettersOf(azure)).find(({ messageId }) => messageId === message.messageId),
    );
    expect(letter).toMatchObject({ reason: `claim-check-${what}`, sourceEntity: queues.mail, body });
    expect(await api.mails(orderId)).toEqual([]);
  },
);
