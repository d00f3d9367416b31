// The state of one entity that holds messages: a queue, a subscription, a dead-letter queue, or a topic (scheduled ones only).
import { MinHeap } from '../min-heap.ts';
import { type CompiledRule, compileRule } from '../rules/rule.ts';
import type { DeliverySettings, RuleDefinition } from './definitions.ts';
import type { Lock, Message } from './message.ts';

export type MailboxKind = 'queue' | 'topic' | 'subscription' | 'dead-letter';

export interface Mailbox {
  readonly kind: MailboxKind;
  /** As clients address it, e.g. `order-events/Subscriptions/mail/$DeadLetterQueue`. */
  readonly path: string;
  /** The path in lower case: entity names do not differ by case. */
  readonly key: string;
  readonly settings: DeliverySettings;
  /** Where this entity's own dead letters go when they are not forwarded. */
  readonly deadLetters: Mailbox | undefined;
  /** Where messages go that could not be forwarded. */
  readonly transferDeadLetters: Mailbox | undefined;
  readonly usage: Usage;
  readonly sequence: Sequence;
  readonly messages: Map<number, Message>;
  readonly ready: MinHeap<Message>;
  /** By token; without sessions the first one expires first. */
  readonly locks: Map<string, Lock>;
  readonly scheduled: MinHeap<Appointment>;
  readonly expiring: MinHeap<Appointment>;
  readonly duplicates: Duplicates | undefined;
  readonly sessions: Map<string, Session>;
  /** The sessions that are locked now, the first to expire first. */
  readonly lockedSessions: Map<string, Session>;
  /** Of a topic. */
  readonly subscriptions: Mailbox[];
  /** Of a subscription. */
  readonly rules: Map<string, CompiledRule>;
  readonly deadLettersFilterErrors: boolean;
  /** The rules its definition gives it, as text: rules changed at run time hold as long as these stay the same. */
  readonly declaredRules: string;
}

/** Of a queue with its dead letters, or of a topic with its subscriptions. */
export interface Usage {
  /** Messages as their senders encoded them, and session states. */
  bytes: number;
  readonly maxBytes: number;
}

/** Numbers below `reservedBelow` may have been used even when no message shows it. Shared with the dead-letter queue. */
export interface Sequence {
  next: number;
  reservedBelow: number;
}

export interface Appointment {
  readonly atMs: number;
  readonly sequenceNumber: number;
}

export interface Duplicates {
  readonly windowMs: number;
  /** Message id → when it was first seen, the oldest first. */
  readonly seenAtMs: Map<string, number>;
}

export interface Session {
  readonly id: string;
  readonly ready: MinHeap<Message>;
  lock: { readonly owner: string; lockedUntilMs: number } | undefined;
  readonly lockTokens: Set<string>;
  state: Uint8Array | undefined;
  updatedAtMs: number;
}

export function createMailbox(
  given: Pick<Mailbox, 'kind' | 'path' | 'settings'> &
    Partial<Pick<Mailbox, 'deadLetters' | 'transferDeadLetters' | 'sequence' | 'usage' | 'deadLettersFilterErrors'>> & {
      readonly duplicateDetectionWindowMs?: number | undefined;
      readonly rules?: readonly RuleDefinition[] | undefined;
    },
): Mailbox {
  const rules = given.rules ?? [];
  const windowMs = given.duplicateDetectionWindowMs;
  return {
    kind: given.kind,
    path: given.path,
    key: given.path.toLowerCase(),
    settings: given.settings,
    deadLetters: given.deadLetters,
    transferDeadLetters: given.transferDeadLetters,
    usage: given.usage ?? { bytes: 0, maxBytes: Number.POSITIVE_INFINITY },
    sequence: given.sequence ?? { next: 1, reservedBelow: 1 },
    messages: new Map(),
    ready: newReadyHeap(),
    locks: new Map(),
    scheduled: new MinHeap((appointment) => appointment.atMs),
    expiring: new MinHeap((appointment) => appointment.atMs),
    duplicates: windowMs === undefined ? undefined : { windowMs, seenAtMs: new Map() },
    sessions: new Map(),
    lockedSessions: new Map(),
    subscriptions: [],
    rules: new Map(rules.map((rule) => [rule.name, compileRule(rule)])),
    deadLettersFilterErrors: given.deadLettersFilterErrors ?? false,
    declaredRules: JSON.stringify(rules),
  };
}

/** The session's state, made on first use. */
export function sessionOf(mailbox: Mailbox, sessionId: string): Session {
  const existing = mailbox.sessions.get(sessionId);
  if (existing) return existing;
  const session: Session = {
    id: sessionId,
    ready: newReadyHeap(),
    lock: undefined,
    lockTokens: new Set(),
    state: undefined,
    updatedAtMs: 0,
  };
  mailbox.sessions.set(sessionId, session);
  return session;
}

/** The next message in order. What was removed or taken meanwhile leaves the heap here. */
export function firstReady(mailbox: Mailbox, ready: MinHeap<Message>): Message | undefined {
  for (let message = ready.peek(); message; message = ready.peek()) {
    if (message.state === 'ready' && mailbox.messages.get(message.sequenceNumber) === message) return message;
    ready.pop();
  }
  return undefined;
}

function newReadyHeap(): MinHeap<Message> {
  return new MinHeap((message) => message.sequenceNumber);
}
