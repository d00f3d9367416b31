// Sessions, by the real SDK.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

const minuteMs = 60_000;
const names = ['ordered', 'locked', 'next', 'state', 'renewed', 'lost', 'handed-over', 'refusing'];

describe('a Service Bus queue with sessions', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    const properties = { requiresSession: true, lockDuration: 'PT1M', maxDeliveryCount: 5 };
    const queues = [{ name: 'plain' }, ...names.map((name) => ({ name, properties }))];
    bus = await startServiceBus({ serviceBus: { queues } });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  it('hands out the messages of one session only, in order', async () => {
    await bus.client.createSender('ordered').sendMessages([
      { body: 'a1', sessionId: 'a' },
      { body: 'b1', sessionId: 'b' },
      { body: 'a2', sessionId: 'a' },
    ]);
    const session = await bus.client.acceptSession('ordered', 'a');
    const messages = await session.receiveMessages(3, { maxWaitTimeInMs: 300 });
    expect(messages.map(({ body }) => body as string)).toEqual(['a1', 'a2']);
    for (const message of messages) await session.completeMessage(message);
    expect(await isEmpty(session)).toBe(true);
    await session.close();
  });

  it('gives a session to one receiver at a time', async () => {
    const first = await bus.client.acceptSession('locked', 'a');
    const second = bus.connect({ retryOptions: { maxRetries: 0 } });
    await expect(second.acceptSession('locked', 'a')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' });
    await first.close();
    await (await second.acceptSession('locked', 'a')).close();
  });

  it('gives the next free session to who asks for any, the one with the oldest message first', async () => {
    await bus.client.createSender('next').sendMessages([
      { body: 1, sessionId: 'x' },
      { body: 2, sessionId: 'y' },
    ]);
    const first = await bus.client.acceptNextSession('next');
    const second = await bus.client.acceptNextSession('next');
    expect([first.sessionId, second.sessionId]).toEqual(['x', 'y']);
    const waiting = bus.client.acceptNextSession('next');
    await bus.client.createSender('next').sendMessages({ body: 3, sessionId: 'z' });
    const third = await waiting;
    expect(third.sessionId).toBe('z');
    expect((await receiveOne(third)).body).toBe(3);
    await Promise.all([first, second, third].map((session) => session.close()));
  });

  it('says so when no session comes in time', async () => {
    const client = bus.connect({ retryOptions: { maxRetries: 0, timeoutInMs: 300 } });
    await expect(client.acceptNextSession('refusing')).rejects.toMatchObject({ code: 'ServiceTimeout' });
  });

  it('keeps the state of a session from one holder to the next', async () => {
    const session = await bus.client.acceptSession('state', 'a');
    expect(await session.getSessionState()).toBeFalsy();
    await session.setSessionState({ step: 2 });
    await session.close();
    const again = await bus.client.acceptSession('state', 'a');
    expect(await again.getSessionState()).toEqual({ step: 2 });
    await again.close();
  });

  it('prolongs the lock of a session that is renewed, with its messages', async () => {
    await bus.client.createSender('renewed').sendMessages({ body: 1, sessionId: 'a' });
    const session = await bus.client.acceptSession('renewed', 'a', { maxAutoLockRenewalDurationInMs: 0 });
    const message = await receiveOne(session);
    bus.clock.advance(40_000);
    await session.renewSessionLock();
    bus.clock.advance(40_000);
    await session.completeMessage(message);
    expect(await session.peekMessages(1)).toEqual([]);
    await session.close();
  });

  it('takes an expired session from its holder and gives it to the next, from the first unsettled message on', async () => {
    await bus.client.createSender('lost').sendMessages([1, 2, 3].map((body) => ({ body, sessionId: 'a' })));
    const options = { maxAutoLockRenewalDurationInMs: 0 };
    const slow = await bus.client.acceptSession('lost', 'a', options);
    await slow.completeMessage(await receiveOne(slow));
    const unsettled = await receiveOne(slow);
    bus.clock.advance(minuteMs);

    const next = await bus.client.acceptSession('lost', 'a', options);
    const messages = await next.receiveMessages(2, { maxWaitTimeInMs: 3000 });
    expect(messages.map(({ body, deliveryCount }) => [body as number, deliveryCount])).toEqual([
      [2, 1],
      [3, 0],
    ]);
    await expect(slow.completeMessage(unsettled)).rejects.toMatchObject({ code: 'SessionLockLost' });
    await next.close();
  });

  it('hands unsettled messages over uncounted when the holder closes', async () => {
    await bus.client.createSender('handed-over').sendMessages({ body: 1, sessionId: 'a' });
    const first = await bus.client.acceptSession('handed-over', 'a');
    await receiveOne(first);
    await first.close();
    const second = await bus.client.acceptSession('handed-over', 'a');
    expect((await receiveOne(second)).deliveryCount).toBe(0);
    await second.close();
  });

  it('refuses receivers and messages without a session, and sessions where there are none', async () => {
    const receiver = bus.client.createReceiver('refusing');
    await expect(receiver.receiveMessages(1, { maxWaitTimeInMs: 500 })).rejects.toThrow(/requires sessions/);
    await expect(bus.client.createSender('refusing').sendMessages({ body: 1 })).rejects.toThrow(/requires sessions/);
    await expect(bus.client.acceptNextSession('plain')).rejects.toThrow(/does not require sessions/);
  });
});
