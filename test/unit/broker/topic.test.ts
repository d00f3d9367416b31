// Topics, rules and forwarding in one turn.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleDefinition } from '../../../local/broker/entities/definitions.ts';
import { abandon } from '../../../local/broker/operations/abandon.ts';
import { peek } from '../../../local/broker/operations/peek.ts';
import { receive } from '../../../local/broker/operations/receive.ts';
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

  it('keeps what the target does not take at its subscription, in the transfer dead letters, with the reason', () => {
    const bench = setUp({
      queues: [
        queue('kitchen', { requiresSession: true }),
        queue('full', { maxSizeBytes: 1 }),
        queue('closed', { status: 'SendDisabled' }),
      ],
      topics: [
        topic(
          'events',
          ['kitchen', 'full', 'closed'].map((forwardTo) => subscription(forwardTo, { forwardTo })),
        ),
      ],
    });
    bench.run((broker, turn) => send(broker, turn, 'full', [message('first')]));
    publish(bench, 'a');
    bench.restart();
    const reasonAt = (name: string) => {
      const [buried] = bench.run((broker, turn) =>
        peek(broker, turn, `events/Subscriptions/${name}/$Transfer/$DeadLetterQueue`, {
          fromSequenceNumber: 0,
          max: 9,
        }),
      );
      return buried?.changedProperties['DeadLetterErrorDescription'];
    };
    expect(reasonAt('kitchen')).toMatch(/requires sessions/);
    expect(reasonAt('full')).toMatch(/maximum entity size has been reached/);
    expect(reasonAt('closed')).toMatch(/disabled for Send/);
    expect([...idsIn(bench, 'kitchen'), ...idsIn(bench, 'full'), ...idsIn(bench, 'closed')]).toEqual(['first']);
  });

  it('buries what a subscription with sessions gets without one', () => {
    const bench = setUp({ queues: [], topics: [topic('events', [subscription('s', { requiresSession: true })])] });
    publish(bench, 'a');
    expect(idsIn(bench, 'events/Subscriptions/s')).toEqual([]);
    expect(idsIn(bench, 'events/Subscriptions/s/$DeadLetterQueue')).toEqual(['a']);
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
    const more = { name: 'more', action: 'SET a = 2' };
    bench.run((broker, turn) => addRule(broker, turn, path, { ...more, filter: { kind: 'sql', expression: 'a = 1' } }));
    bench.run((broker, turn) => removeRule(broker, turn, path, 'paid'));
    bench.restart();
    expect(listRules(bench.broker, path)).toMatchObject([more]);

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

describe('the rules of a subscription', () => {
  const path = 'events/Subscriptions/s';
  const sql = (name: string, expression: string, action?: string) =>
    ({ name, filter: { kind: 'sql', expression }, action }) as const;
  const withRules = (rules: readonly RuleDefinition[], settings = {}) =>
    setUp({ queues: [queue('mail')], topics: [topic('events', [subscription('s', { rules, ...settings })])] });
  const publish = (bench: Bench, fields = {}) =>
    bench.run((broker, turn) => send(broker, turn, 'events', [message('a', fields)]));
  const fieldsAt = (bench: Bench, where = path) =>
    bench
      .run((broker, turn) => peek(broker, turn, where, { fromSequenceNumber: 0, max: 99 }))
      .map(({ content }) => bench.broker.readRuleFields(content.raw));

  it('make one copy by all that have no action, and each that has one its own, which names it', () => {
    const bench = withRules([
      sql('plain', 'n = 1'),
      sql('halves', 'n > 0', 'SET n = n / 2'),
      sql('marks', 'n > 0', "SET sys.Label = 'marked', REMOVE n"),
      sql('also-plain', 'n < 5'),
      sql('no-match', 'n = 2', 'SET n = 0'),
    ]);
    publish(bench, { properties: { n: 1 } });
    bench.restart();
    expect(fieldsAt(bench)).toEqual([
      { messageId: 'a', properties: { n: 1 } },
      { messageId: 'a', properties: { n: 0, RuleName: 'halves' } },
      { messageId: 'a', subject: 'marked', properties: { RuleName: 'marks' } },
    ]);
  });

  it('may put a copy into a session, and change the id by which a queue behind detects duplicates', () => {
    const bench = setUp({
      queues: [queue('once', { requiresSession: true, duplicateDetectionWindowMs: 60_000 })],
      topics: [
        topic('events', [
          subscription('s', {
            forwardTo: 'once',
            rules: [
              sql('first', '1=1', "SET sys.SessionId = region, SET sys.MessageId = sys.MessageId + '/1'"),
              sql('second', '1=1', "SET sys.SessionId = region, SET sys.MessageId = sys.MessageId + '/2'"),
            ],
          }),
        ]),
      ],
    });
    publish(bench, { properties: { region: 'eu' } });
    publish(bench, { properties: { region: 'eu' } });
    expect(fieldsAt(bench, 'once').map(({ messageId, sessionId }) => [messageId, sessionId])).toEqual([
      ['a/1', 'eu'],
      ['a/2', 'eu'],
    ]);
  });

  it('see what settlement has changed, and their copies carry it', () => {
    const bench = setUp({
      queues: [queue('work', { maxDeliveryCount: 1, forwardDeadLetteredMessagesTo: 'events' })],
      topics: [
        topic('events', [subscription('s', { rules: [sql('r', "why = 'x'", 'SET why = why + DeadLetterReason')] })]),
      ],
    });
    bench.run((broker, turn) => send(broker, turn, 'work', [message('a')]));
    const [delivery] = bench.run((broker, turn) =>
      receive(broker, turn, 'work', { mode: 'peek-lock', max: 1, owner: 'me' }),
    );
    bench.run((broker, turn) => abandon(broker, turn, 'work', delivery?.lock?.token ?? '', { why: 'x' }));
    expect(fieldsAt(bench)[0]?.properties['why']).toBe('xMaxDeliveryCountExceeded');
  });

  it('make a dead letter of a message for which one of them fails, beside what the others select', () => {
    const rules = [sql('fails', 'n / 0 = 1'), sql('fails-too', 'sys.Absent = 1'), sql('works', 'n = 1')];
    const bench = withRules(rules);
    publish(bench, { properties: { n: 1 } });
    expect(fieldsAt(bench)).toHaveLength(1);
    const [dead, ...others] = bench.run((broker, turn) =>
      peek(broker, turn, `${path}/$DeadLetterQueue`, { fromSequenceNumber: 0, max: 9 }),
    );
    expect(others).toEqual([]);
    expect(dead?.changedProperties).toEqual({
      DeadLetterReason: 'FilterException',
      DeadLetterErrorDescription: '1 / 0 has no result.',
    });

    const dropping = withRules(rules, { deadLetteringOnFilterEvaluationExceptions: false });
    publish(dropping, { properties: { n: 2 } });
    expect(fieldsAt(dropping)).toEqual([]);
    expect(fieldsAt(dropping, `${path}/$DeadLetterQueue`)).toEqual([]);
  });

  it('select exactly the messages they match', () => {
    const value = fc.constantFrom(1, 2, 'x', true, undefined);
    const rule = fc.constantFrom(
      sql('a', 'n = 1'),
      sql('b', "n = 'x' OR m = 2"),
      { name: 'c', filter: { kind: 'correlation', properties: { m: 1 } } } as const,
      { name: 'd', filter: { kind: 'false' } } as const,
      sql('e', 'm IS NOT NULL', 'SET seen = TRUE'),
    );
    const matches: Readonly<Record<string, (n: unknown, m: unknown) => boolean>> = {
      a: (n) => n === 1,
      b: (n, m) => n === 'x' || m === 2,
      c: (_, m) => m === 1,
      d: () => false,
      e: (_, m) => m !== undefined,
    };
    fc.assert(
      fc.property(fc.uniqueArray(rule, { selector: ({ name }) => name }), value, value, (rules, n, m) => {
        const bench = withRules(rules);
        publish(bench, { properties: { n, m } });
        const matching = rules.filter(({ name }) => matches[name]?.(n, m));
        const withAction = matching.filter(({ name }) => name === 'e').length;
        expect(fieldsAt(bench)).toHaveLength(withAction + (matching.length > withAction ? 1 : 0));
      }),
    );
  });
});
