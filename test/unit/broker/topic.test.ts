// Topics, rules and forwarding in one turn.
import { describe, expect, it } from 'vitest';
import { peek } from '../../../local/broker/operations/peek.ts';
import { addRule, listRules, removeRule } from '../../../local/broker/operations/rules.ts';
import { send } from '../../../local/broker/operations/send.ts';
import { type Bench, message, queue, setUp, subscription, topic } from './bench.ts';

describe('a topic', () => {
  const paid = { name: 'paid', filter: { kind: 'correlation', subject: 'PaymentCaptured' } } as const;
  const definition = {
    queues: [
      queue('mail'),
      queue('kitchen', { requiresSession: true }),
      queue('once', { duplicateDetectionWindowMs: 60_000 }),
    ],
    topics: [
      topic('events', [
        subscription('all'),
        subscription('to-mail', { forwardTo: 'mail', rules: [paid] }),
        subscription('to-kitchen', { forwardTo: 'kitchen' }),
        subscription('to-once', { forwardTo: 'once' }),
      ]),
    ],
  };
  const publish = (bench: Bench, id: string, fields = {}) =>
    bench.run((broker, turn) => send(broker, turn, 'events', [message(id, fields)]));
  const idsIn = (bench: Bench, path: string) =>
    bench
      .run((broker, turn) => peek(broker, turn, path, { fromSequenceNumber: 0, max: 99 }))
      .map(({ content }) => content.messageId);

  it('brings a message to every subscription whose rules match and on to where they forward, in one turn', () => {
    const bench = setUp(definition);
    publish(bench, 'a', { subject: 'PaymentCaptured', sessionId: 's' });
    publish(bench, 'b', { subject: 'OrderCreated', sessionId: 's' });
    expect(idsIn(bench, 'events/Subscriptions/all')).toEqual(['a', 'b']);
    expect(idsIn(bench, 'mail')).toEqual(['a']);
    expect(idsIn(bench, 'kitchen')).toEqual(['a', 'b']);
  });

  it('stores a message only where it ends', () => {
    const bench = setUp({
      queues: [queue('mail')],
      topics: [topic('events', [subscription('s', { forwardTo: 'mail' })])],
    });
    publish(bench, 'a');
    expect(bench.records('broker.messages').map(([key]) => key.split('|')[0])).toEqual(['mail']);
  });

  it('detects duplicates at the end of a forwarding chain', () => {
    const bench = setUp(definition);
    publish(bench, 'a', { sessionId: 's' });
    publish(bench, 'a', { sessionId: 's' });
    expect(idsIn(bench, 'events/Subscriptions/all')).toEqual(['a', 'a']);
    expect(idsIn(bench, 'once')).toEqual(['a']);
  });

  it('buries at its subscription what the target cannot take', () => {
    const bench = setUp(definition);
    publish(bench, 'a');
    expect(idsIn(bench, 'kitchen')).toEqual([]);
    expect(idsIn(bench, 'events/Subscriptions/to-kitchen/$DeadLetterQueue')).toEqual(['a']);
  });

  it('holds a scheduled message at the topic and judges it when it is due', () => {
    const bench = setUp(definition);
    publish(bench, 'a', { subject: 'PaymentCaptured', scheduledForMs: bench.now + 1000 });
    expect(idsIn(bench, 'mail')).toEqual([]);
    bench.restart();
    bench.advance(1000);
    expect(idsIn(bench, 'mail')).toEqual(['a']);
    expect(idsIn(bench, 'events')).toEqual([]);
  });

  it('keeps rules changed at run time over a restart, until the declared ones change', () => {
    const bench = setUp(definition);
    const path = 'events/Subscriptions/to-mail';
    bench.run((broker, turn) =>
      addRule(broker, turn, path, { name: 'more', filter: { kind: 'sql', expression: 'a = 1' } }),
    );
    bench.run((broker, turn) => removeRule(broker, turn, path, 'paid'));
    bench.restart();
    expect(listRules(bench.broker, path).map(({ name }) => name)).toEqual(['more']);

    const other = { name: 'other', filter: { kind: 'true' } } as const;
    const changed = topic('events', [subscription('to-mail', { forwardTo: 'mail', rules: [other] })]);
    bench.restart({ ...definition, topics: [changed] });
    expect(listRules(bench.broker, path).map(({ name }) => name)).toEqual(['other']);
  });

  it('refuses a second rule of the same name and one it cannot parse', () => {
    const bench = setUp(definition);
    const add = (name: string, expression: string) =>
      bench.run((broker, turn) =>
        addRule(broker, turn, 'events/Subscriptions/to-mail', { name, filter: { kind: 'sql', expression } }),
      );
    expect(() => add('paid', 'a = 1')).toThrow(/already exists/);
    expect(() => add('new', 'a = ')).toThrow(/found the end/);
    expect(() => add('x'.repeat(51), 'a = 1')).toThrow(/50 characters/);
  });
});
