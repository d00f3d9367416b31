// What an entity takes and gives: its size, its status, and deleting unread what is in it.
import { describe, expect, it } from 'vitest';
import { complete } from '../../../local/broker/operations/complete.ts';
import { deadLetterMessage } from '../../../local/broker/operations/dead-letter.ts';
import { deleteMessages } from '../../../local/broker/operations/delete-messages.ts';
import { peek } from '../../../local/broker/operations/peek.ts';
import { receive } from '../../../local/broker/operations/receive.ts';
import { send } from '../../../local/broker/operations/send.ts';
import { acceptSession, setSessionState } from '../../../local/broker/operations/sessions.ts';
import { type Bench, message, queue, setUp, subscription, topic } from './bench.ts';

const sendTo = (bench: Bench, path: string, ...ids: string[]) =>
  bench.run((broker, turn) =>
    send(
      broker,
      turn,
      path,
      ids.map((id) => message(id)),
    ),
  );
const take = (bench: Bench, path: string) => {
  const [delivery] = bench.run((broker, turn) =>
    receive(broker, turn, path, { mode: 'peek-lock', max: 1, owner: 'me' }),
  );
  return delivery?.lock?.token ?? '';
};
const idsIn = (bench: Bench, path: string) =>
  bench
    .run((broker, turn) => peek(broker, turn, path, { fromSequenceNumber: 0, max: 99 }))
    .map(({ content }) => content.messageId);

describe('the size of an entity', () => {
  const sizeOfOne = message('a').content.raw.length;

  it('ends sending when it is reached, dead letters included, until messages are gone', () => {
    const bench = setUp({ queues: [queue('q', { maxSizeBytes: 2 * sizeOfOne })], topics: [] });
    sendTo(bench, 'q', 'a', 'b');
    expect(() => sendTo(bench, 'q', 'c')).toThrow(
      `for Queue: 'q'. Size of entity in bytes:${2 * sizeOfOne}, Max entity size in bytes:${2 * sizeOfOne}`,
    );
    const reason = { reason: 'bad', description: undefined };
    const first = take(bench, 'q');
    bench.run((broker, turn) => deadLetterMessage(broker, turn, 'q', first, reason));
    bench.restart();
    expect(() => sendTo(bench, 'q', 'c')).toThrow(/maximum entity size/);
    const second = take(bench, 'q');
    bench.run((broker, turn) => complete(broker, turn, 'q', second));
    sendTo(bench, 'q', 'c');
    expect(idsIn(bench, 'q')).toEqual(['c']);
  });

  it('leaves dead letters where they are when the queue they are forwarded to has reached it', () => {
    const forwarding = queue('q', { forwardDeadLetteredMessagesTo: 'full' });
    const bench = setUp({ queues: [forwarding, queue('full', { maxSizeBytes: 1 })], topics: [] });
    sendTo(bench, 'full', 'first');
    sendTo(bench, 'q', 'a');
    const token = take(bench, 'q');
    const reason = { reason: 'bad', description: undefined };
    bench.run((broker, turn) => deadLetterMessage(broker, turn, 'q', token, reason));
    expect(idsIn(bench, 'full')).toEqual(['first']);
    expect(idsIn(bench, 'q/$DeadLetterQueue')).toEqual(['a']);
  });

  it('of a topic counts what all its subscriptions hold', () => {
    const subscriptions = [subscription('x'), subscription('y')];
    const bench = setUp({ queues: [], topics: [topic('t', subscriptions, { maxSizeBytes: 2 * sizeOfOne })] });
    sendTo(bench, 't', 'a');
    expect(() => sendTo(bench, 't', 'b')).toThrow(/for Topic: 't'/);
  });

  it('counts the states of sessions, over a restart as well', () => {
    const bench = setUp({ queues: [queue('q', { requiresSession: true, maxSizeBytes: 10 })], topics: [] });
    bench.run((broker, turn) => acceptSession(broker, turn, 'q', { sessionId: 's', owner: 'me' }));
    const setState = (state: Uint8Array | undefined) =>
      bench.run((broker, turn) => setSessionState(broker, turn, 'q', 's', state));
    const sendOne = () => bench.run((broker, turn) => send(broker, turn, 'q', [message('a', { sessionId: 's' })]));
    setState(new Uint8Array(12));
    expect(sendOne).toThrow(/bytes:12/);
    setState(new Uint8Array(11));
    bench.restart();
    expect(sendOne).toThrow(/bytes:11/);
    bench.run((broker, turn) => acceptSession(broker, turn, 'q', { sessionId: 's', owner: 'me' }));
    setState(undefined);
    expect(sendOne).not.toThrow();
  });
});

describe('the status of an entity', () => {
  const withStatus = (status: 'Disabled' | 'SendDisabled' | 'ReceiveDisabled') =>
    setUp({ queues: [queue('q', { status, requiresSession: true })], topics: [topic('t', [], { status })] });
  const sending = (bench: Bench, path: string) => () =>
    bench.run((broker, turn) => send(broker, turn, path, [message('a', { sessionId: 's' })]));
  const receiving = (bench: Bench) => () =>
    bench.run((broker, turn) => acceptSession(broker, turn, 'q', { sessionId: 's', owner: 'me' }));

  it('Disabled refuses both ways, SendDisabled and ReceiveDisabled one', () => {
    expect(sending(withStatus('Disabled'), 'q')).toThrow(/disabled for Send/);
    expect(receiving(withStatus('Disabled'))).toThrow(/disabled for Receive/);
    expect(sending(withStatus('SendDisabled'), 't')).toThrow(/'t' is currently disabled/);
    expect(receiving(withStatus('SendDisabled'))).not.toThrow();
    expect(sending(withStatus('ReceiveDisabled'), 'q')).not.toThrow();
    expect(receiving(withStatus('ReceiveDisabled'))).toThrow(/disabled for Receive/);
  });
});

describe('deleting unread', () => {
  const deleteFrom = (bench: Bench, path: string, max: number, enqueuedBeforeMs?: number, sessionId?: string) =>
    bench.run((broker, turn) => deleteMessages(broker, turn, path, { max, enqueuedBeforeMs, sessionId }));

  it('takes the oldest first, as many as asked, and leaves what is locked or scheduled', () => {
    const bench = setUp({ queues: [queue('q')], topics: [] });
    sendTo(bench, 'q', 'locked', 'b', 'c', 'd');
    const later = message('scheduled', { scheduledForMs: bench.now + 1000 });
    bench.run((broker, turn) => send(broker, turn, 'q', [later]));
    take(bench, 'q');
    expect(deleteFrom(bench, 'q', 2)).toBe(2);
    expect(idsIn(bench, 'q')).toEqual(['locked', 'd', 'scheduled']);
    expect(deleteFrom(bench, 'q', 500)).toBe(1);
    expect(deleteFrom(bench, 'q', 500)).toBe(0);
    bench.restart();
    expect(idsIn(bench, 'q')).toEqual(['locked', 'scheduled']);
  });

  it('leaves what came at or after the time given', () => {
    const bench = setUp({ queues: [queue('q')], topics: [] });
    sendTo(bench, 'q', 'old');
    bench.advance(1000);
    sendTo(bench, 'q', 'new');
    expect(deleteFrom(bench, 'q', 500, bench.now)).toBe(1);
    expect(idsIn(bench, 'q')).toEqual(['new']);
  });

  it('takes one session where there are sessions, and 1 to 500 messages', () => {
    const bench = setUp({ queues: [queue('q', { requiresSession: true })], topics: [] });
    const batch = ['a', 'b'].map((id) => message(id, { sessionId: id }));
    bench.run((broker, turn) => send(broker, turn, 'q', batch));
    expect(() => deleteFrom(bench, 'q', 9)).toThrow(/say whose messages/);
    expect(deleteFrom(bench, 'q', 9, undefined, 'a')).toBe(1);
    expect(deleteFrom(bench, 'q', 9, undefined, 'absent')).toBe(0);
    expect(idsIn(bench, 'q')).toEqual(['b']);
    expect(() => deleteFrom(bench, 'q', 0)).toThrow(/1 to 500/);
    expect(() => deleteFrom(bench, 'q', 501)).toThrow(/1 to 500/);
  });
});
