// Session locks and states in fake time.
import { describe, expect, it } from 'vitest';
import { complete } from '../../../local/broker/operations/complete.ts';
import { receive } from '../../../local/broker/operations/receive.ts';
import { send } from '../../../local/broker/operations/send.ts';
import {
  acceptSession,
  closeSession,
  getSessionState,
  listSessions,
  renewSessionLock,
  setSessionState,
} from '../../../local/broker/operations/sessions.ts';
import { vanish } from '../../../local/broker/operations/vanish.ts';
import { type Bench, message, queue, setUp } from './bench.ts';

describe('a session', () => {
  const setUpKitchen = () => {
    const bench = setUp({ queues: [queue('kitchen', { requiresSession: true })], topics: [] });
    bench.run((broker, turn) =>
      send(broker, turn, 'kitchen', [
        message('b1', { sessionId: 'b' }),
        message('a1', { sessionId: 'a' }),
        message('b2', { sessionId: 'b' }),
      ]),
    );
    return bench;
  };
  const accept = (bench: Bench, owner: string, sessionId?: string) =>
    bench.run((broker, turn) => acceptSession(broker, turn, 'kitchen', { sessionId, owner }));
  const take = (bench: Bench, owner: string, sessionId: string) =>
    bench.run((broker, turn) => receive(broker, turn, 'kitchen', { mode: 'peek-lock', max: 10, owner, sessionId }));
  const idsOf = (deliveries: ReturnType<typeof take>) =>
    deliveries.map((delivery) => delivery.message.content.messageId);

  it('is granted to one owner at a time, the one with the oldest message first', () => {
    const bench = setUpKitchen();
    expect(accept(bench, 'x')?.sessionId).toBe('b');
    expect(accept(bench, 'y')?.sessionId).toBe('a');
    expect(accept(bench, 'z')).toBeUndefined();
    expect(() => accept(bench, 'z', 'a')).toThrow(/locked by another/);
    expect(idsOf(take(bench, 'x', 'b'))).toEqual(['b1', 'b2']);
    expect(() => take(bench, 'y', 'b')).toThrow(/Accept it again/);
  });

  it('can be accepted by its id before it has messages', () => {
    const bench = setUpKitchen();
    expect(accept(bench, 'x', 'new')?.sessionId).toBe('new');
  });

  it('goes back with its messages when it runs out, counted, and says who lost it', () => {
    const bench = setUpKitchen();
    accept(bench, 'x', 'b');
    const [first] = take(bench, 'x', 'b');
    const { lostSessions } = bench.advance(60_000);
    expect(lostSessions).toEqual([{ mailboxKey: 'kitchen', sessionId: 'b', owner: 'x' }]);
    const token = first?.lock?.token ?? '';
    expect(() => bench.run((broker, turn) => complete(broker, turn, 'kitchen', token))).toThrow(/session lock/);
    accept(bench, 'y', 'b');
    expect(take(bench, 'y', 'b').map((delivery) => delivery.message.deliveryCount)).toEqual([1, 1]);
  });

  it('is freed uncounted when it is closed and counted when its owner vanishes', () => {
    const bench = setUpKitchen();
    accept(bench, 'x', 'a');
    take(bench, 'x', 'a');
    bench.run((broker, turn) => closeSession(broker, turn, 'kitchen', 'a', 'x'));
    accept(bench, 'y', 'a');
    expect(take(bench, 'y', 'a').map((delivery) => delivery.message.deliveryCount)).toEqual([0]);
    bench.run((broker, turn) => vanish(broker, turn, 'y'));
    accept(bench, 'z', 'a');
    expect(take(bench, 'z', 'a').map((delivery) => delivery.message.deliveryCount)).toEqual([1]);
  });

  it('is not closed by someone who no longer holds it', () => {
    const bench = setUpKitchen();
    accept(bench, 'x', 'a');
    bench.advance(60_000);
    accept(bench, 'y', 'a');
    bench.run((broker, turn) => closeSession(broker, turn, 'kitchen', 'a', 'x'));
    expect(() => accept(bench, 'z', 'a')).toThrow(/locked by another/);
  });

  it('is prolonged with the locks on its messages', () => {
    const bench = setUpKitchen();
    accept(bench, 'x', 'a');
    const [delivery] = take(bench, 'x', 'a');
    bench.advance(50_000);
    bench.run((broker, turn) => renewSessionLock(broker, turn, 'kitchen', 'a'));
    bench.advance(50_000);
    const token = delivery?.lock?.token ?? '';
    expect(() => bench.run((broker, turn) => complete(broker, turn, 'kitchen', token))).not.toThrow();
  });

  it('keeps its state over a restart and gives it only to its holder', () => {
    const bench = setUpKitchen();
    accept(bench, 'x', 'a');
    bench.run((broker, turn) => setSessionState(broker, turn, 'kitchen', 'a', Uint8Array.of(7)));
    bench.restart();
    const read = () => bench.run((broker, turn) => getSessionState(broker, turn, 'kitchen', 'a'));
    expect(read).toThrow(/Accept it again/);
    accept(bench, 'y', 'a');
    expect(read()).toEqual(Uint8Array.of(7));
    bench.run((broker, turn) => setSessionState(broker, turn, 'kitchen', 'a', undefined));
    expect(bench.records('broker.sessions')).toEqual([]);
  });

  it('is listed while it has messages, or by the time its state was set', () => {
    const bench = setUpKitchen();
    accept(bench, 'x', 'c');
    const before = bench.now - 1;
    bench.run((broker, turn) => setSessionState(broker, turn, 'kitchen', 'c', Uint8Array.of(1)));
    bench.restart();
    const list = (updatedAfterMs: number | undefined, skip = 0) =>
      listSessions(bench.broker, 'kitchen', { updatedAfterMs, skip, top: 9 });
    expect(list(undefined)).toEqual(['a', 'b']);
    expect(list(undefined, 1)).toEqual(['b']);
    expect(list(before)).toEqual(['c']);
    expect(list(bench.now)).toEqual([]);
  });
});
