// Whatever clients do and whenever the process dies: nothing is lost, nothing is held twice, sessions keep their order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abandon } from '../../../local/broker/operations/abandon.ts';
import { complete } from '../../../local/broker/operations/complete.ts';
import { deadLetterMessage } from '../../../local/broker/operations/dead-letter.ts';
import { defer } from '../../../local/broker/operations/defer.ts';
import { peek } from '../../../local/broker/operations/peek.ts';
import { receive } from '../../../local/broker/operations/receive.ts';
import { send } from '../../../local/broker/operations/send.ts';
import { acceptSession, closeSession } from '../../../local/broker/operations/sessions.ts';
import { vanish } from '../../../local/broker/operations/vanish.ts';
import { type Bench, message, queue, setUp, subscription, topic } from './bench.ts';

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), delayMs: fc.constantFrom(0, 0, 500) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('receive' as const), owner: fc.constantFrom('x', 'y') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      how: fc.constantFrom('complete', 'abandon', 'dead-letter', 'defer'),
      which: fc.nat(9),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), byMs: fc.constantFrom(1, 600, 1000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('vanish' as const), owner: fc.constantFrom('x', 'y') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

const path = 'work';
const definition = {
  queues: [
    queue(path, { lockDurationMs: 1000, maxDeliveryCount: 3, forwardDeadLetteredMessagesTo: 'dead-letters' }),
    queue('dead-letters'),
  ],
  topics: [topic('events', [subscription('all', { forwardTo: path })], { maxSizeBytes: 1e6 })],
};

describe('the broker', () => {
  it('keeps every accepted message in exactly one place until it is completed', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const world = {
          bench: setUp(definition),
          sent: 0,
          completed: new Set<string>(),
          held: new Map<string, string>(),
        };
        for (const step of actions) {
          perform(world, step);
          const everywhere = [
            ...idsIn(world.bench, path),
            ...idsIn(world.bench, 'dead-letters'),
            ...scheduled(world.bench),
          ];
          const expected = Array.from({ length: world.sent }, (_, index) => `m${index}`);
          expect([...everywhere, ...world.completed].toSorted()).toEqual(expected.toSorted());
          expect(sizes(world.bench)).toEqual(recounted(world.bench));
          const locked = [...(world.bench.broker.mailboxes.get(path)?.locks.values() ?? [])];
          expect(new Set(locked.map((lock) => lock.message)).size).toBe(locked.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes back from a restart as it was, but for the locks', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const world = {
          bench: setUp(definition),
          sent: 0,
          completed: new Set<string>(),
          held: new Map<string, string>(),
        };
        for (const step of actions) perform(world, step);
        // Whoever held a lock is gone in both worlds; vanishing counts as a failed delivery, as a crash does.
        for (const owner of ['x', 'y']) world.bench.run((broker, turn) => vanish(broker, turn, owner));
        const before = snapshot(world.bench);
        world.bench.restart();
        expect(snapshot(world.bench)).toEqual(before);
        expect(sizes(world.bench)).toEqual(recounted(world.bench));
      }),
      { numRuns: 300 },
    );
  });

  it('takes an id once a window, from its first sighting on, whatever restarts between', () => {
    const windowMs = 10_000;
    const step = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), id: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('wait' as const), byMs: fc.constantFrom(1, 3000, 9999, 10_000) }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const bench = setUp({ queues: [queue(path, { duplicateDetectionWindowMs: windowMs })], topics: [] });
        const seenAtMs = new Map<string, number>();
        const accepted: string[] = [];
        for (const taken of steps) {
          if (taken.kind === 'wait') bench.advance(taken.byMs);
          else if (taken.kind === 'restart') bench.restart();
          else {
            bench.run((broker, turn) => send(broker, turn, path, [message(taken.id)]));
            if ((seenAtMs.get(taken.id) ?? Number.NEGATIVE_INFINITY) + windowMs > bench.now) continue;
            seenAtMs.set(taken.id, bench.now);
            accepted.push(taken.id);
          }
        }
        expect(idsIn(bench, path)).toEqual(accepted);
      }),
    );
  });

  it('hands the messages of a session out in order, to one holder at a time', () => {
    const step = fc.record({
      session: fc.constantFrom('a', 'b'),
      settles: fc.boolean(),
      takes: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 20 }),
        fc.array(step, { maxLength: 20 }),
        (sent, steps) => {
          const bench = setUp({
            queues: [queue('kitchen', { requiresSession: true, maxDeliveryCount: 99 })],
            topics: [],
          });
          const batch = sent.map((sessionId, index) => message(`${index}`, { sessionId }));
          bench.run((broker, turn) => send(broker, turn, 'kitchen', batch));
          const done: Record<string, number[]> = { a: [], b: [] };
          for (const [index, { session, settles, takes }] of steps.entries()) {
            const owner = `owner-${index}`;
            bench.run((broker, turn) => acceptSession(broker, turn, 'kitchen', { sessionId: session, owner }));
            const request = { mode: 'peek-lock', max: takes, owner, sessionId: session } as const;
            for (const { message: taken, lock } of bench.run((broker, turn) =>
              receive(broker, turn, 'kitchen', request),
            )) {
              if (!settles || !lock) continue;
              bench.run((broker, turn) => complete(broker, turn, 'kitchen', lock.token));
              done[session]?.push(Number(taken.content.messageId));
            }
            bench.run((broker, turn) => closeSession(broker, turn, 'kitchen', session, owner));
          }
          for (const [session, order] of Object.entries(done)) {
            const all = sent.flatMap((sessionId, index) => (sessionId === session ? [index] : []));
            expect(order).toEqual(all.slice(0, order.length));
          }
        },
      ),
    );
  });
});

interface World {
  readonly bench: Bench;
  sent: number;
  readonly completed: Set<string>;
  /** Token → message id. */
  readonly held: Map<string, string>;
}

function perform(world: World, step: Action): void {
  const { bench, held } = world;
  switch (step.kind) {
    case 'send': {
      const sending = message(`m${world.sent++}`, { scheduledForMs: bench.now + step.delayMs });
      bench.run((broker, turn) => send(broker, turn, 'events', [sending]));
      return;
    }
    case 'receive': {
      const request = { mode: 'peek-lock', max: 2, owner: step.owner } as const;
      for (const { message: taken, lock } of bench.run((broker, turn) => receive(broker, turn, path, request)))
        if (lock) held.set(lock.token, taken.content.messageId);
      return;
    }
    case 'settle':
      return settle(world, step.how, [...held.keys()][step.which % Math.max(1, held.size)]);
    case 'wait':
      bench.advance(step.byMs);
      return;
    case 'vanish':
      bench.run((broker, turn) => vanish(broker, turn, step.owner));
      return;
    case 'restart':
      bench.restart();
  }
}

/** A lock that is lost is refused; nobody else's message changes by it. */
function settle({ bench, held, completed }: World, how: string, token: string | undefined): void {
  if (token === undefined) return;
  const id = held.get(token);
  held.delete(token);
  try {
    bench.run((broker, turn) => {
      if (how === 'complete') complete(broker, turn, path, token);
      else if (how === 'abandon') abandon(broker, turn, path, token, { attempt: 1 });
      else if (how === 'defer') defer(broker, turn, path, token);
      else deadLetterMessage(broker, turn, path, token, { reason: 'r', description: undefined });
    });
    if (how === 'complete' && id !== undefined) completed.add(id);
  } catch (error) {
    expect(error).toMatchObject({ code: 'message-lock-lost' });
  }
}

function idsIn(bench: Bench, where: string): string[] {
  const all = bench.run((broker, turn) => peek(broker, turn, where, { fromSequenceNumber: 0, max: 999 }));
  return all.map(({ content }) => content.messageId);
}

const scheduled = (bench: Bench) => idsIn(bench, 'events');

function sizes(bench: Bench): Record<string, number> {
  return Object.fromEntries(Array.from(bench.broker.mailboxes.values(), ({ path: at, usage }) => [at, usage.bytes]));
}

/** Mailboxes that share a size are told by the object they share. */
function recounted(bench: Bench): Record<string, number> {
  const boxes = [...bench.broker.mailboxes.values()];
  const held = ({ messages }: (typeof boxes)[number]) =>
    [...messages.values()].reduce((sum, { content }) => sum + content.raw.length, 0);
  return Object.fromEntries(
    boxes.map(({ path: at, usage }) => [
      at,
      boxes.filter((other) => other.usage === usage).reduce((sum, other) => sum + held(other), 0),
    ]),
  );
}

function snapshot(bench: Bench) {
  return Object.fromEntries(
    [...bench.broker.mailboxes.values()].map((mailbox) => [
      mailbox.path,
      [...mailbox.messages.values()]
        // Whether a record stands in the store is not part of what a message is.
        .map((stored) => ({ ...stored, hasDeliveryRecord: undefined, content: stored.content.messageId }))
        .toSorted((a, b) => a.sequenceNumber - b.sequenceNumber),
    ]),
  );
}
