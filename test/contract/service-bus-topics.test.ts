// Topics, subscriptions, rules and forwarding, by the real SDK.
import type { RuleProperties, ServiceBusRuleManager } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

const correlation = (name: string, correlationFilter: unknown) => ({
  name,
  properties: { filterType: 'CorrelationFilter', correlationFilter },
});
const sql = (name: string, sqlExpression: string) => ({
  name,
  properties: { filterType: 'SqlFilter', sqlFilter: { sqlExpression } },
});

const serviceBus = {
  queues: [
    { name: 'mail', properties: { maxDeliveryCount: 1, forwardDeadLetteredMessagesTo: 'dead-letters' } },
    { name: 'dead-letters' },
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

  it('refuses a rule it cannot read, saying where', async () => {
    const rules = bus.client.createRuleManager('ruled', 'own');
    await expect(rules.createRule('broken', { sqlExpression: 'total >' })).rejects.toThrow(/found the end/);
    await expect(rules.deleteRule('absent')).rejects.toMatchObject({ code: 'MessagingEntityNotFound' });
  });
});
