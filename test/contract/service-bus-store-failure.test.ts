// A disk that refuses to be written: nothing is accepted that is not stored, and service goes on when the disk does.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

describe('a Service Bus whose store fails', () => {
  let store: Store;
  let isBroken = false;
  let refusals = 0;
  let bus: LocalServiceBus;

  beforeEach(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    store = await openStore({ ephemeral: true });
    isBroken = false;
    refusals = 0;
    const commit: Store['commit'] = (changes) => {
      if (!isBroken) return store.commit(changes);
      refusals += 1;
      return Promise.reject(new Error('database or disk is full'));
    };
    bus = await startServiceBus({ serviceBus: { queues: [{ name: 'q' }] }, store: { ...store, commit } });
  });
  afterEach(async () => {
    await bus[Symbol.asyncDispose]();
    await store.close();
    vi.restoreAllMocks();
  });

  it('refuses a message it cannot store and does not deliver it', async () => {
    const sender = bus.connect({ retryOptions: { maxRetries: 0, timeoutInMs: 2000 } }).createSender('q');
    await sender.sendMessages({ body: 'stored' });
    isBroken = true;
    await expect(sender.sendMessages({ body: 'lost' })).rejects.toMatchObject({ code: 'ServiceBusy' });
    isBroken = false;

    const receiver = bus.connect().createReceiver('q', { receiveMode: 'receiveAndDelete' });
    expect((await receiveOne(receiver)).body).toBe('stored');
    expect(await isEmpty(receiver)).toBe(true);
  });

  it('delivers a message again whose completion it could not store', async () => {
    const client = bus.connect({ retryOptions: { maxRetries: 0, timeoutInMs: 2000 } });
    await client.createSender('q').sendMessages({ body: 'once more' });
    const receiver = client.createReceiver('q');
    const message = await receiveOne(receiver);
    isBroken = true;
    await expect(receiver.completeMessage(message)).rejects.toMatchObject({ code: 'ServiceBusy' });
    isBroken = false;
    const again = await receiveOne(bus.connect().createReceiver('q'));
    expect(again).toMatchObject({ body: 'once more', deliveryCount: 1 });
  });

  it('takes messages again from a sender that tries again', async () => {
    const sender = bus.connect({ retryOptions: { maxRetries: 50, retryDelayInMs: 50 } }).createSender('q');
    isBroken = true;
    const sending = sender.sendMessages({ body: 'patient' });
    await waitFor('the store to refuse', () => refusals > 1);
    isBroken = false;
    await sending;
    expect((await receiveOne(bus.connect().createReceiver('q'))).body).toBe('patient');
  });
});
