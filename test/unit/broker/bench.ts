// A broker on a workbench: time stands still until a test moves it, and what it wants stored is kept, so that it can be restarted.
import { type Broker, createBroker } from '../../../local/broker/entities/broker.ts';
import type {
  NamespaceDefinition,
  QueueDefinition,
  SubscriptionDefinition,
  TopicDefinition,
} from '../../../local/broker/entities/definitions.ts';
import type { Content } from '../../../local/broker/entities/message.ts';
import { runDue } from '../../../local/broker/operations/due.ts';
import type { Sending } from '../../../local/broker/operations/send.ts';
import { finishRecovery, recoverRecord, recoveryOrder } from '../../../local/broker/records/recover.ts';
import type { RuleFields } from '../../../local/broker/rules/rule-fields.ts';
import { newTurn, type Turn } from '../../../local/broker/turn.ts';

export interface Bench {
  readonly broker: Broker;
  /** The turn of the latest operation. */
  readonly turn: Turn;
  now: number;
  run<T>(operation: (broker: Broker, turn: Turn) => T): T;
  /** Moves time and runs what is due by then. */
  advance(byMs: number): Turn;
  /** Everything but the records is gone. */
  restart(definition?: NamespaceDefinition): void;
  records(space: string): [key: string, value: Uint8Array][];
}

export function setUp(definition: NamespaceDefinition): Bench {
  const store = new Map<string, Map<string, Uint8Array>>();
  let tokens = 0;
  const sources = { newLockToken: () => `token-${++tokens}`, readRuleFields, writeRuleFields };
  const apply = (turn: Turn) => {
    for (const { space, key, value } of turn.changes) {
      const rows = store.get(space) ?? new Map<string, Uint8Array>();
      store.set(space, rows);
      if (value) rows.set(key, value);
      else rows.delete(key);
    }
  };
  const bench = {
    broker: createBroker(definition, sources),
    turn: newTurn(0),
    now: 1_000_000,
    run<T>(operation: (broker: Broker, turn: Turn) => T): T {
      bench.turn = newTurn(bench.now);
      const answer = operation(bench.broker, bench.turn);
      apply(bench.turn);
      return answer;
    },
    advance(byMs: number) {
      bench.now += byMs;
      bench.run(runDue);
      return bench.turn;
    },
    restart(changed = definition) {
      bench.broker = createBroker(changed, sources);
      for (const space of recoveryOrder)
        for (const [key, value] of bench.records(space)) recoverRecord(bench.broker, space, { key, value });
      bench.run(finishRecovery);
    },
    records: (space: string) => [...(store.get(space) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
  return bench;
}

export function queue(name: string, settings: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    name,
    status: 'Active',
    maxSizeBytes: Number.POSITIVE_INFINITY,
    lockDurationMs: 60_000,
    maxDeliveryCount: 3,
    requiresSession: false,
    defaultTtlMs: undefined,
    deadLetteringOnMessageExpiration: false,
    forwardTo: undefined,
    forwardDeadLetteredMessagesTo: undefined,
    duplicateDetectionWindowMs: undefined,
    ...settings,
  };
}

export function subscription(name: string, settings: Partial<SubscriptionDefinition> = {}): SubscriptionDefinition {
  const { duplicateDetectionWindowMs: _, maxSizeBytes: __, ...delivery } = queue(name);
  const takesAll = { name: '$Default', filter: { kind: 'true' } } as const;
  return { ...delivery, deadLetteringOnFilterEvaluationExceptions: true, rules: [takesAll], ...settings };
}

export function topic(
  name: string,
  subscriptions: readonly SubscriptionDefinition[],
  settings: Partial<TopicDefinition> = {},
): TopicDefinition {
  const { status, maxSizeBytes, defaultTtlMs, duplicateDetectionWindowMs } = queue(name);
  return { name, status, maxSizeBytes, defaultTtlMs, duplicateDetectionWindowMs, subscriptions, ...settings };
}

/** On the bench a message's raw form is the JSON of the fields that rules see. */
export function message(messageId: string, given: Partial<Content & RuleFields & Sending> = {}): Sending {
  const { ttlMs, scheduledForMs, ...fields } = given;
  const { sessionId } = fields;
  const raw = new TextEncoder().encode(JSON.stringify({ properties: {}, messageId, ...fields }));
  return { content: { raw, messageId, sessionId, ttlMs }, scheduledForMs };
}

function readRuleFields(raw: Uint8Array): RuleFields {
  return JSON.parse(new TextDecoder().decode(raw)) as RuleFields;
}

function writeRuleFields(_raw: Uint8Array, fields: RuleFields): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(fields));
}
