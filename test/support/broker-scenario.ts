// One story that makes the broker write in every way it can, step by step, with what must be true after each step.
import { randomUUID } from 'node:crypto';
import { type Broker, mailboxAt } from '../../local/broker/entities/broker.ts';
import { abandon } from '../../local/broker/operations/abandon.ts';
import { cancelScheduled } from '../../local/broker/operations/cancel-scheduled.ts';
import { complete } from '../../local/broker/operations/complete.ts';
import { deadLetterMessage } from '../../local/broker/operations/dead-letter.ts';
import { defer, receiveDeferred } from '../../local/broker/operations/defer.ts';
import { receive } from '../../local/broker/operations/receive.ts';
import { addRule, removeRule } from '../../local/broker/operations/rules.ts';
import { type Sending, send } from '../../local/broker/operations/send.ts';
import { acceptSession, closeSession, setSessionState } from '../../local/broker/operations/sessions.ts';
import type { Turn } from '../../local/broker/turn.ts';
import { readRuleFields } from '../../local/amqp/message-codec.ts';
import { writeRuleFields } from '../../local/amqp/rewrite-message.ts';
import { type DurableBroker, openDurableBroker } from '../../local/amqp/durable-broker.ts';
import type { Store } from '../../local/store/store.ts';
import { parseTopology } from '../../local/topology.ts';
import type { FakeClock } from './fake-clock.ts';

const { serviceBus: definition } = parseTopology({
  serviceBus: {
    queues: [
      { name: 'work', properties: { forwardDeadLetteredMessagesTo: 'dead' } },
      { name: 'dead' },
      { name: 'once', properties: { requiresDuplicateDetection: true } },
      { name: 'kitchen', properties: { requiresSession: true } },
    ],
    topics: [
      { name: 'events', subscriptions: [{ name: 'all', properties: { forwardTo: 'work' } }, { name: 'ruled' }] },
    ],
  },
});

const ruled = 'events/Subscriptions/ruled';
const reason = { reason: 'r', description: 'd' };

export function openBroker(store: Store, clock: FakeClock): Promise<DurableBroker> {
  return openDurableBroker({
    store,
    clock,
    definition,
    sources: { newLockToken: randomUUID, readRuleFields, writeRuleFields },
    onReadied: () => undefined,
    onSessionsLost: () => undefined,
    onReset: () => undefined,
  });
}

export interface Scene {
  readonly broker: DurableBroker;
  readonly clock: FakeClock;
}

/** What a step does has effect whole or not at all, and it can be done again in the second case. */
export const steps: readonly ((scene: Scene) => Promise<unknown>)[] = [
  sends('work', 'w1', 'w2', 'w3', 'w4'),
  sends('once', 'o1'),
  sends('once', 'o1', 'o2'),
  sends('kitchen', 'k1', 'k2'),
  sends('events', 'e1'),
  runs((state, turn) => addRule(state, turn, ruled, { name: 'none', filter: { kind: 'false' } })),
  runs((state, turn) => removeRule(state, turn, ruled, '$Default')),
  sends('events', 'e2'),
  settles('work', complete),
  settles('work', (state, turn, path, token) => abandon(state, turn, path, token, { attempt: 1 })),
  settles('work', (state, turn, path, token) => deadLetterMessage(state, turn, path, token, reason)),
  settles('work', (state, turn, path, token) => defer(state, turn, path, token, { set: 'aside' })),
  settles('dead', (state, turn, path, token) => deadLetterMessage(state, turn, path, token, reason)),
  runs((state, turn) => receive(state, turn, 'work', { mode: 'receive-and-delete', max: 1, owner: 'me' })),
  takesDeferred('work', 'w3'),
  schedules('work', 's1', 1000),
  schedules('work', 's2', 60_000),
  async ({ clock }) => clock.advance(2000),
  runs((state, turn) => cancelScheduled(state, turn, 'work', numbersOf(state, 'work', 's2'))),
  inSession((state, turn) => setSessionState(state, turn, 'kitchen', 'table', Buffer.from('two guests'))),
  inSession((state, turn) => {
    const [taken] = receive(state, turn, 'kitchen', { mode: 'peek-lock', max: 1, owner: 'me', sessionId: 'table' });
    if (taken?.lock) complete(state, turn, 'kitchen', taken.lock.token);
  }),
  inSession((state, turn) => setSessionState(state, turn, 'kitchen', 'table', undefined)),
];

/** What clients can find: where each message is and how it has changed, session states, rules. */
export function picture(broker: DurableBroker): string {
  const found = broker.look((state) =>
    [...state.mailboxes.values()].map((mailbox) => ({
      path: mailbox.path,
      messages: [...mailbox.messages.values()]
        .map(
          (message) =>
            `${message.content.messageId} ${message.state.replace('locked', 'ready')} ${JSON.stringify(message.changedProperties)}`,
        )
        .toSorted(),
      states: [...mailbox.sessions.values()].flatMap(({ id, state: kept }) =>
        kept ? [[id, Buffer.from(kept).toString()]] : [],
      ),
      rules: [...mailbox.rules.keys()],
    })),
  );
  return JSON.stringify(found, undefined, 1);
}

function numbersOf(state: Broker, path: string, messageId: string): number[] {
  const messages = [...mailboxAt(state, path).messages.values()];
  return messages.filter(({ content }) => content.messageId === messageId).map(({ sequenceNumber }) => sequenceNumber);
}

export function sending(messageId: string, scheduledForMs?: number): Sending {
  // An AMQP message of one data section. [AMQP 1.0 §3.2.6]
  const raw = Buffer.from([0x00, 0x53, 0x75, 0xa0, messageId.length, ...Buffer.from(messageId)]);
  const sessionId = messageId.startsWith('k') ? 'table' : undefined;
  return { content: { raw, messageId, sessionId, ttlMs: undefined }, scheduledForMs };
}

function runs(operation: (state: Broker, turn: Turn) => unknown) {
  return ({ broker }: Scene) => broker.run(operation);
}

function sends(path: string, ...ids: string[]) {
  return runs((state, turn) => {
    const sendings = ids.map((id) => sending(id));
    return send(state, turn, path, sendings);
  });
}

function schedules(path: string, id: string, afterMs: number) {
  return runs((state, turn) => send(state, turn, path, [sending(id, turn.now + afterMs)]));
}

type Settle = (state: Broker, turn: Turn, path: string, token: string) => void;

/** The first message in the queue. */
function settles(path: string, settle: Settle) {
  return async ({ broker }: Scene) => {
    const request = { mode: 'peek-lock', max: 1, owner: 'me' } as const;
    const [taken] = await broker.run((state, turn) => receive(state, turn, path, request));
    await broker.run((state, turn) => settle(state, turn, path, taken?.lock?.token ?? ''));
  };
}

function takesDeferred(path: string, id: string) {
  return async ({ broker }: Scene) => {
    const request = { mode: 'peek-lock', owner: 'me' } as const;
    const [taken] = await broker.run((state, turn) =>
      receiveDeferred(state, turn, path, numbersOf(state, path, id), request),
    );
    await broker.run((state, turn) => complete(state, turn, path, taken?.lock?.token ?? ''));
  };
}

function inSession(act: (state: Broker, turn: Turn) => void) {
  return async ({ broker }: Scene) => {
    await broker.run((state, turn) => acceptSession(state, turn, 'kitchen', { sessionId: 'table', owner: 'me' }));
    await broker.run(act);
    await broker.run((state, turn) => closeSession(state, turn, 'kitchen', 'table', 'me'));
  };
}
