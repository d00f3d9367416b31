// Topics, subscriptions, rules and forwarding, by the real SDK.
import type { RuleProperties, ServiceBusRuleManager } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

const correlation = (name: string, correlationFilter: unknown) => ({
  name,
  properties: { filterType: 'CorrelationFilter', correlationFilter },
});
const sql = (name: string, sqlExpression: string, action = '') => ({
  name,
  properties: { filterType: 'SqlFilter', sqlFilter: { sqlExpression }, action: { sqlExpression: action } },
});

const serviceBus = {
  queues: [
    { name: 'mail', properties: { maxDeliveryCount: 1, forwardDeadLetteredMessagesTo: 'dead-letters' } },
    { name: 'dead-letters' },
    { name: 'sessions', properties: { requiresSession: true } },
  ],
  topics: [
    {
      name: 'events',
      subscriptions: [
        { name: 'all' },
        { name: 'none', rules: [] },
        { name: 'captured', rules: [correlation('label', { label: 'PaymentCaptured' })] },
        { name: 'large', rules: [sql('total', "total > 100 AND sys.Label LIKE 'Payment%'")] },
        { name: 'either', rules: [correlation('a', { properties: { region: 'eu' } }), sql('b', 'total > 100')] },
      ],
    },
    {
      name: 'order-events',
      subscriptions: [
        {
          name: 'payment-successful',
          properties: { forwardTo: 'mail' },
          rules: [correlation('payment-captured', { label: 'PaymentCaptured' })],
        },
      ],
    },
    { name: 'ruled', subscriptions: [{ name: 'own' }] },
    {
      name: 'acted',
      subscriptions: [
        {
          name: 'own',
          rules: [sql('halved', 'total > 1', "SET total = total / 2; SET sys.Label = 'half'; REMOVE note")],
        },
      ],
    },
    { name: 'correlated', subscriptions: [{ name: 'own', rules: [] }] },
    { name: 'failing', subscriptions: [{ name: 'own', rules: [sql('divides', '1 / total = 1')] }] },
    {
      name: 'forwarding',
      subscriptions: [{ name: 'to-sessions', properties: { forwardTo: 'sessions' } }],
    },
  ],
};

async function listed(rules: ServiceBusRuleManager): Promise<RuleProperties[]> {
  const all: RuleProperties[] = [];
  for await (const rule of rules.listRules()) all.push(rule);
  return all;
}

describe('a Service Bus topic', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  async function bodiesOf(subscription: string): Promise<unknown[]> {
    const receiver = bus.client.createReceiver('events', subscription, { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(10, { maxWaitTimeInMs: 300 });
    await receiver.close();
    return messages.map(({ body }) => body as unknown);
  }

  it('gives each subscription the messages its rules match, each once', async () => {
    await bus.client.createSender('events').sendMessages([
      { body: 1, subject: 'PaymentCaptured', applicationProperties: { total: 500, region: 'eu' } },
      { body: 2, subject: 'PaymentFailed', applicationProperties: { total: 50 } },
      { body: 3, subject: 'OrderCreated', applicationProperties: { total: 500 } },
    ]);
    expect(await bodiesOf('all')).toEqual([1, 2, 3]);
    expect(await bodiesOf('none')).toEqual([]);
    expect(await bodiesOf('captured')).toEqual([1]);
    expect(await bodiesOf('large')).toEqual([1]);
    expect(await bodiesOf('either')).toEqual([1, 3]);
  });

  it('moves a dead letter from topic over subscription and queue to where dead letters are forwarded', async () => {
    await bus.client.createSender('order-events').sendMessages([
      { body: 'paid', subject: 'PaymentCaptured', messageId: 'e-1' },
      { body: 'made', subject: 'OrderCreated', messageId: 'e-2' },
    ]);
    const mail = bus.client.createReceiver('mail');
    const message = await receiveOne(mail);
    expect(message).toMatchObject({ body: 'paid', messageId: 'e-1', deliveryCount: 0 });
    await mail.abandonMessage(message);

    const dead = await receiveOne(bus.client.createReceiver('dead-letters'));
    expect(dead).toMatchObject({
      body: 'paid',
      messageId: 'e-1',
      deliveryCount: 0,
      deadLetterReason: 'MaxDeliveryCountExceeded',
      deadLetterSource: 'mail',
    });
    expect(await isEmpty(mail)).toBe(true);
    expect(await isEmpty(bus.client.createReceiver('mail', { subQueueType: 'deadLetter' }))).toBe(true);
  });

  it('lists, removes and adds rules at run time', async () => {
    const rules = bus.client.createRuleManager('ruled', 'own');
    expect(await listed(rules)).toMatchObject([{ name: '$Default' }]);
    await rules.deleteRule('$Default');
    await rules.createRule('big', { sqlExpression: 'total >= 10' });
    await rules.createRule('red', { subject: 'red', applicationProperties: { shade: 3 } });
    expect(await listed(rules)).toMatchObject([
      { name: 'big', filter: { sqlExpression: 'total >= 10' } },
      { name: 'red', filter: { subject: 'red', applicationProperties: { shade: 3 } } },
    ]);

    await bus.client.createSender('ruled').sendMessages([
      { body: 1, applicationProperties: { total: 9 } },
      { body: 2, applicationProperties: { total: 10 } },
      { body: 3, subject: 'red', applicationProperties: { shade: 3 } },
    ]);
    const receiver = bus.client.createReceiver('ruled', 'own', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(3, { maxWaitTimeInMs: 300 });
    expect(messages.map(({ body }) => body as number)).toEqual([2, 3]);
  });

  it('changes the copy that a rule with an action makes, and no other', async () => {
    const rules = bus.client.createRuleManager('acted', 'own');
    await rules.createRule('plain', { sqlExpression: '1=1' });
    await rules.createRule('marks', { subject: 'order' }, { sqlExpression: "SET color = 'red'" });
    expect(await listed(rules)).toMatchObject([
      { name: 'halved', action: { sqlExpression: "SET total = total / 2; SET sys.Label = 'half'; REMOVE note" } },
      { name: 'plain', action: {} },
      { name: 'marks', action: { sqlExpression: "SET color = 'red'" } },
    ]);

    const pageSizes: number[] = [];
    for await (const page of rules.listRules().byPage({ maxPageSize: 2 })) pageSizes.push(page.length);
    expect(pageSizes).toEqual([2, 1]);

    const sent = { total: 7, note: 'n', price: 1.5, at: new Date(86_400_000), flag: true };
    const message = { body: { kept: 1 }, messageId: 'm-1', subject: 'order', applicationProperties: sent };
    await bus.client.createSender('acted').sendMessages(message);
    const options = { receiveMode: 'receiveAndDelete', skipConvertingDate: true } as const;
    const receiver = bus.client.createReceiver('acted', 'own', options);
    const { note: _, ...rest } = sent;
    expect(await receiver.receiveMessages(9, { maxWaitTimeInMs: 300 })).toMatchObject([
      { ...message, subject: 'half', applicationProperties: { ...rest, total: 3, RuleName: 'halved' } },
      { ...message, applicationProperties: sent },
      { ...message, applicationProperties: { ...sent, color: 'red', RuleName: 'marks' } },
    ]);
  });

  it('matches a correlation filter by each of its fields', async () => {
    const rules = bus.client.createRuleManager('correlated', 'own');
    const sent = {
      body: 1,
      correlationId: 'c',
      messageId: 'm',
      to: 't',
      replyTo: 'r',
      subject: 's',
      sessionId: 'i',
      replyToSessionId: 'ri',
      contentType: 'ct',
      applicationProperties: { text: 'a', number: 1.5, flag: false, at: new Date(86_400_000) },
    };
    const { body: _, ...fields } = sent;
    const receiver = bus.client.createReceiver('correlated', 'own', { receiveMode: 'receiveAndDelete' });
    const sender = bus.client.createSender('correlated');
    await rules.createRule('all', fields);
    expect(await listed(rules)).toMatchObject([{ name: 'all', filter: fields }]);
    await sender.sendMessages([
      sent,
      ...Object.keys(fields).map((name) => ({ ...sent, [name]: undefined })),
      { ...sent, applicationProperties: { ...sent.applicationProperties, number: 2 } },
    ]);
    expect(await receiver.receiveMessages(20, { maxWaitTimeInMs: 300 })).toHaveLength(1);
  });

  it('makes a dead letter of a message for which a filter fails', async () => {
    await bus.client.createSender('failing').sendMessages({ body: 1, applicationProperties: { total: 0 } });
    const dead = await receiveOne(bus.client.createReceiver('failing', 'own', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ deadLetterReason: 'FilterException', applicationProperties: { total: 0 } });
  });

  it('keeps what it could not forward in the transfer dead letters', async () => {
    const sender = bus.client.createSender('forwarding');
    await sender.sendMessages([{ body: 'without' }, { body: 'with', sessionId: 's' }]);
    const transfer = { subQueueType: 'transferDeadLetter' } as const;
    const receiver = bus.client.createReceiver('forwarding', 'to-sessions', transfer);
    const message = await receiveOne(receiver);
    expect(message).toMatchObject({ body: 'without', deadLetterReason: 'Session ID is null.' });
    await receiver.completeMessage(message);
    expect(await isEmpty(receiver)).toBe(true);
    const session = await bus.client.acceptNextSession('sessions');
    expect((await receiveOne(session)).body).toBe('with');
    await session.close();
    const forwarder = bus.client.createReceiver('forwarding', 'to-sessions');
    await expect(forwarder.receiveMessages(1, { maxWaitTimeInMs: 500 })).rejects.toThrow(/forwards its messages/);
  });

  it('refuses a rule it cannot read, saying where', async () => {
    const rules = bus.client.createRuleManager('ruled', 'own');
    await expect(rules.createRule('broken', { sqlExpression: 'total >' })).rejects.toThrow(/found the end/);
    const action = rules.createRule('broken', { sqlExpression: '1=1' }, { sqlExpression: 'DROP a' });
    await expect(action).rejects.toThrow(/Expected SET or REMOVE, found 'DROP' at 0/);
    const long = rules.createRule('broken', { sqlExpression: `a = '${'x'.repeat(1024)}'` });
    await expect(long).rejects.toThrow(/at most 1024 characters/);
    await expect(rules.deleteRule('absent')).rejects.toMatchObject({ code: 'MessagingEntityNotFound' });
  });
});
