// A queue from sending to settling, in fake time.
import { describe, expect, it } from 'vitest';
import { abandon, takeBack } from '../../../local/broker/operations/abandon.ts';
import { cancelScheduled } from '../../../local/broker/operations/cancel-scheduled.ts';
import { complete } from '../../../local/broker/operations/complete.ts';
import { deadLetterMessage } from '../../../local/broker/operations/dead-letter.ts';
import { defer, receiveDeferred } from '../../../local/broker/operations/defer.ts';
import { nextDueAtMs } from '../../../local/broker/operations/due.ts';
import { peek } from '../../../local/broker/operations/peek.ts';
import { receive } from '../../../local/broker/operations/receive.ts';
import { renewLock } from '../../../local/broker/operations/renew-lock.ts';
import { send } from '../../../local/broker/operations/send.ts';
import { vanish } from '../../../local/broker/operations/vanish.ts';
import { type Bench, message, queue, setUp } from './bench.ts';

const peekLock = { mode: 'peek-lock', max: 10, owner: 'me' } as const;
const dead = 'orders/$DeadLetterQueue';

describe('a queue', () => {
  const withOrders = (settings = {}) => setUp({ queues: [queue('orders', settings), queue('other')], topics: [] });
  const sendIds = (bench: Bench, ...ids: string[]) =>
    bench.run((broker, turn) =>
      send(
        broker,
        turn,
        'orders',
        ids.map((id) => message(id)),
      ),
    );
  const take = (bench: Bench, path = 'orders') => bench.run((broker, turn) => receive(broker, turn, path, peekLock));
  const takeOne = (bench: Bench, path = 'orders') => {
    const [delivery] = bench.run((broker, turn) => receive(broker, turn, path, { ...peekLock, max: 1 }));
    if (!delivery?.lock) throw new Error('nothing to take');
    return { message: delivery.message, token: delivery.lock.token, lock: delivery.lock };
  };
  const idsIn = (bench: Bench, path: string) =>
    bench
      .run((broker, turn) => peek(broker, turn, path, { fromSequenceNumber: 0, max: 99 }))
      .map(({ content }) => content.messageId);

  it('hands messages out in the order in which they came', () => {
    const bench = withOrders();
    sendIds(bench, 'a', 'b');
    sendIds(bench, 'c');
    expect(take(bench).map(({ message: { content } }) => content.messageId)).toEqual(['a', 'b', 'c']);
  });

  it('does not tell entities apart by case', () => {
    const bench = withOrders();
    bench.run((broker, turn) => send(broker, turn, 'ORDERS', [message('a')]));
    expect(idsIn(bench, 'Orders')).toEqual(['a']);
  });

  it('puts an abandoned message back in its place', () => {
    const bench = withOrders();
    sendIds(bench, 'a', 'b');
    const { token } = takeOne(bench);
    bench.run((broker, turn) => abandon(broker, turn, 'orders', token));
    expect(take(bench).map((delivery) => [delivery.message.content.messageId, delivery.message.deliveryCount])).toEqual(
      [
        ['a', 1],
        ['b', 0],
      ],
    );
  });

  it('locks a message for one holder until the lock runs out', () => {
    const bench = withOrders();
    sendIds(bench, 'a');
    const { token } = takeOne(bench);
    bench.advance(59_999);
    expect(take(bench)).toEqual([]);
    bench.advance(1);
    expect(() => bench.run((broker, turn) => complete(broker, turn, 'orders', token))).toThrow(/lock/i);
    expect(takeOne(bench).message.deliveryCount).toBe(1);
  });

  it('refuses a lock that has run out even before the expiry was noticed', () => {
    const bench = withOrders();
    sendIds(bench, 'a');
    const { token } = takeOne(bench);
    bench.now += 60_000;
    expect(() => bench.run((broker, turn) => complete(broker, turn, 'orders', token))).toThrow(/lock/i);
  });

  it('prolongs a lock from now and still expires the others in order', () => {
    const bench = withOrders();
    sendIds(bench, 'a', 'b');
    const first = takeOne(bench);
    takeOne(bench);
    bench.advance(30_000);
    expect(bench.run((broker, turn) => renewLock(broker, turn, 'orders', first.token))).toBe(bench.now + 60_000);
    bench.advance(30_000);
    expect(take(bench).map((delivery) => delivery.message.content.messageId)).toEqual(['b']);
  });

  it('says when it has something to do next', () => {
    const bench = withOrders();
    expect(nextDueAtMs(bench.broker)).toBeUndefined();
    sendIds(bench, 'a');
    takeOne(bench);
    const lockEndsAtMs = bench.now + 60_000;
    expect(nextDueAtMs(bench.broker)).toBe(lockEndsAtMs);
    bench.run((broker, turn) => send(broker, turn, 'orders', [message('b', { scheduledForMs: bench.now + 5 })]));
    expect(nextDueAtMs(bench.broker)).toBe(bench.now + 5);
  });

  it('buries a message at its last delivery and keeps its number', () => {
    const bench = withOrders({ maxDeliveryCount: 2 });
    sendIds(bench, 'a');
    for (let delivery = 0; delivery < 2; delivery += 1) {
      const { token } = takeOne(bench);
      bench.run((broker, turn) => abandon(broker, turn, 'orders', token));
    }
    const { message: buried } = takeOne(bench, dead);
    expect(buried.sequenceNumber).toBe(1);
    expect(buried.changedProperties['DeadLetterReason']).toBe('MaxDeliveryCountExceeded');
    expect(idsIn(bench, 'orders')).toEqual([]);
  });

  it('delivers a dead letter as often as it is abandoned and does not bury it again', () => {
    const bench = withOrders({ maxDeliveryCount: 1 });
    sendIds(bench, 'a');
    const first = takeOne(bench);
    bench.run((broker, turn) => abandon(broker, turn, 'orders', first.token));
    for (let delivery = 0; delivery < 5; delivery += 1) {
      const { token } = takeOne(bench, dead);
      bench.run((broker, turn) => abandon(broker, turn, dead, token));
    }
    const { token } = takeOne(bench, dead);
    const reason = { reason: 'again', description: undefined };
    expect(() => bench.run((broker, turn) => deadLetterMessage(broker, turn, dead, token, reason))).toThrow(/again/);
    expect(idsIn(bench, dead)).toEqual(['a']);
  });

  it('forwards dead letters with their source, in the turn that buries them', () => {
    const bench = withOrders({ forwardDeadLetteredMessagesTo: 'other' });
    sendIds(bench, 'a');
    const { token } = takeOne(bench);
    const reason = { reason: 'bad', description: 'very' };
    bench.run((broker, turn) => deadLetterMessage(broker, turn, 'orders', token, reason));
    expect([...bench.turn.readied]).toEqual(['other']);
    const { message: buried } = takeOne(bench, 'other');
    expect(buried).toMatchObject({ deadLetterSource: 'orders', deliveryCount: 0, enqueuedSequenceNumber: 1 });
    expect(buried.changedProperties).toEqual({ DeadLetterReason: 'bad', DeadLetterErrorDescription: 'very' });
  });

  it('takes a delivery that never went out back without counting it', () => {
    const bench = withOrders({ maxDeliveryCount: 1 });
    sendIds(bench, 'a');
    const { token } = takeOne(bench);
    bench.run((broker, turn) => takeBack(broker, turn, 'orders', token));
    expect(takeOne(bench).message.deliveryCount).toBe(0);
  });

  it('frees what a vanished owner held and leaves the rest', () => {
    const bench = withOrders();
    sendIds(bench, 'a', 'b');
    takeOne(bench);
    const [other] = bench.run((broker, turn) => receive(broker, turn, 'orders', { ...peekLock, owner: 'other' }));
    bench.run((broker, turn) => vanish(broker, turn, 'me'));
    expect(take(bench).map((delivery) => delivery.message.content.messageId)).toEqual(['a']);
    expect(other?.message.state).toBe('locked');
  });

  it('returns a deferred message to its shelf when it is abandoned', () => {
    const bench = withOrders();
    const [number = 0] = sendIds(bench, 'a');
    const { token } = takeOne(bench);
    bench.run((broker, turn) => defer(broker, turn, 'orders', token, { shelf: 1 }));
    const [shelved] = bench.run((broker, turn) => receiveDeferred(broker, turn, 'orders', [number], peekLock));
    const shelvedToken = shelved?.lock?.token ?? '';
    bench.run((broker, turn) => abandon(broker, turn, 'orders', shelvedToken));
    expect(take(bench)).toEqual([]);
    expect(shelved?.message).toMatchObject({ state: 'deferred', changedProperties: { shelf: 1 }, deliveryCount: 1 });
  });

  it('takes a message scheduled for the past as one sent now', () => {
    const bench = withOrders();
    bench.run((broker, turn) => send(broker, turn, 'orders', [message('a', { scheduledForMs: bench.now })]));
    expect(takeOne(bench).message.content.messageId).toBe('a');
  });

  it('cancels all of the scheduled messages or none', () => {
    const bench = withOrders();
    const later = bench.now + 1000;
    const [number = 0] = bench.run((broker, turn) =>
      send(broker, turn, 'orders', [message('a', { scheduledForMs: later })]),
    );
    expect(() => bench.run((broker, turn) => cancelScheduled(broker, turn, 'orders', [number, 99]))).toThrow(/99/);
    expect(idsIn(bench, 'orders')).toEqual(['a']);
    bench.run((broker, turn) => cancelScheduled(broker, turn, 'orders', [number]));
    bench.advance(1000);
    expect(idsIn(bench, 'orders')).toEqual([]);
  });

  it('accepts a repeated id in the window and keeps it once, scheduled or not', () => {
    const bench = withOrders({ duplicateDetectionWindowMs: 10_000 });
    bench.run((broker, turn) => send(broker, turn, 'orders', [message('a', { scheduledForMs: bench.now + 5000 })]));
    sendIds(bench, 'a', 'b', 'b');
    bench.advance(5000);
    expect(idsIn(bench, 'orders')).toEqual(['b', 'a']);
    bench.advance(5000);
    sendIds(bench, 'a');
    expect(idsIn(bench, 'orders')).toEqual(['b', 'a', 'a']);
  });

  it('forgets the ids behind the window, in the store as well', () => {
    const bench = withOrders({ duplicateDetectionWindowMs: 10_000 });
    sendIds(bench, 'a', 'b');
    expect(bench.records('broker.duplicates')).toHaveLength(2);
    bench.advance(20_000);
    expect(bench.records('broker.duplicates')).toEqual([]);
  });

  it('drops or buries what outlived its time, as the queue has it', () => {
    for (const deadLetteringOnMessageExpiration of [false, true]) {
      const bench = withOrders({ defaultTtlMs: 1000, deadLetteringOnMessageExpiration });
      bench.run((broker, turn) => send(broker, turn, 'orders', [message('a'), message('b', { ttlMs: 500 })]));
      bench.advance(999);
      expect(idsIn(bench, 'orders')).toEqual(['a']);
      bench.advance(1);
      expect(idsIn(bench, 'orders')).toEqual([]);
      expect(idsIn(bench, dead)).toEqual(deadLetteringOnMessageExpiration ? ['a', 'b'] : []);
    }
  });

  it('refuses a whole batch for one bad message and stores none of it', () => {
    const bench = withOrders({ requiresSession: true });
    const batch = [message('a', { sessionId: 's' }), message('b')];
    expect(() => bench.run((broker, turn) => send(broker, turn, 'orders', batch))).toThrow(/requires sessions/);
    expect(idsIn(bench, 'orders')).toEqual([]);
    expect(bench.records('broker.messages')).toEqual([]);
  });

  it('leaves no record of what is settled but the sequence', () => {
    const bench = withOrders();
    sendIds(bench, 'a');
    const { token } = takeOne(bench);
    bench.run((broker, turn) => complete(broker, turn, 'orders', token));
    expect(bench.records('broker.messages')).toEqual([]);
    expect(bench.records('broker.deliveries')).toEqual([]);
    expect(bench.records('broker.sequences')).toHaveLength(1);
  });
});
