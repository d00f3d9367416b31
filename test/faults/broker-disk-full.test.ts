// Fault 21: a broker whose disk is full refuses what it cannot keep, hands out what it has, and loses and invents nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { isServiceBusError, ServiceBusClient, type ServiceBusReceiver } from '@azure/service-bus';
import { expect, onTestFailed, test } from 'vitest';
import { brokerProcess } from '../support/broker-process.ts';
import { connectionString } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const topology = { serviceBus: { queues: [{ name: 'work', properties: { maxDeliveryCount: 100 } }] } };
const body = 'x'.repeat(60_000);

test('fault 21: a full disk refuses sends as busy, is emptied by receiving, and then takes messages again', async () => {
  await using broker = brokerProcess(topology);
  onTestFailed(() => console.log(broker.output().slice(-5000)));
  await broker.start({ maxFileSizeBytes: 3 * 1024 * 1024 });
  const attempted = new Set<string>();
  const accepted = new Set<string>();
  const completed = new Set<string>();
  // Not closed at the end: a sender whose connection was cut while it opened takes the SDK a minute to close.
  const impatient = new ServiceBusClient(connectionString(broker.port), {
    retryOptions: { maxRetries: 0, timeoutInMs: 2000 },
  });
  const patient = new ServiceBusClient(connectionString(broker.port), {
    retryOptions: { retryDelayInMs: 100, timeoutInMs: 2000 },
  });

  const send = async (client: ServiceBusClient, messageId: string): Promise<void> => {
    attempted.add(messageId);
    await client.createSender('work').sendMessages({ messageId, body });
    accepted.add(messageId);
  };
  const fill = async (): Promise<void> => {
    for (let index = 0; index < 200; index += 1) await send(impatient, `m${index}`);
  };
  const refusal: unknown = await fill().catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'ServiceBusy', retryable: true });
  expect((refusal as Error).message).toMatch(/Free disk space/);
  expect(accepted.size).toBeGreaterThan(20);

  const completeUntil = (label: string, isEnough: (receiver: ServiceBusReceiver) => unknown): Promise<unknown> => {
    const receiver = patient.createReceiver('work');
    return waitFor(label, async () => {
      await completeOne(receiver, completed);
      return isEnough(receiver);
    });
  };
  const stopping = new AbortController();
  const hammer = async (): Promise<void> => {
    for (let index = 0; !stopping.signal.aborted; index += 1) {
      await send(impatient, `hammered ${index}`).catch(() => undefined);
      await delay(50);
    }
  };
  const hammering = hammer();
  await completeUntil('ten messages are completed', () => completed.size >= 10);
  stopping.abort();
  await hammering;
  await send(patient, 'after some room was made');

  await broker.kill();
  await broker.start();
  await send(patient, 'after the disk has room');
  await completeUntil('the queue is empty', async (receiver) => (await receiver.peekMessages(1)).length === 0);
  expect([...accepted].filter((id) => !completed.has(id))).toEqual([]);
  expect([...completed].filter((id) => !attempted.has(id))).toEqual([]);
  await patient.close();
}, 120_000);

/** What the full disk refuses comes again. */
async function completeOne(receiver: ServiceBusReceiver, completed: Set<string>): Promise<void> {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
  if (!message) return;
  try {
    await receiver.completeMessage(message);
    completed.add(String(message.messageId));
  } catch (error) {
    if (!isServiceBusError(error)) throw error;
  }
}
