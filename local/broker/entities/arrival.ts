// Where a message ends up: kept back until it is due, spread over a topic's subscriptions, moved on by forwarding,
// ready, or among the dead letters.
import type { RuleFields } from '../rules/rule-fields.ts';
import { anyRuleMatches } from '../rules/rule.ts';
import type { Turn } from '../turn.ts';
import { type Broker, mailboxAt } from './broker.ts';
import type { Properties } from './definitions.ts';
import { isDuplicate } from './duplicates.ts';
import type { Mailbox } from './mailbox.ts';
import type { Content, Message } from './message.ts';
import { addMessage, type Placement, removeMessage } from './placement.ts';
import { takeSequenceNumber } from './sequence.ts';

export interface Arrival {
  readonly content: Content;
  readonly changedProperties: Properties;
  readonly scheduledForMs?: number | undefined;
  /** Undefined at the first entity. */
  readonly enqueuedSequenceNumber?: number | undefined;
  readonly deadLetterSource?: string | undefined;
}

/** A message reaches an entity, sent or forwarded. Returns the sequence number it got there. */
export function arrive(broker: Broker, turn: Turn, mailbox: Mailbox, arrival: Arrival): number {
  const sequenceNumber = takeSequenceNumber(turn, mailbox);
  if (isDuplicate(turn, mailbox, arrival.content.messageId)) return sequenceNumber;
  const placement = {
    ...arrival,
    sequenceNumber,
    enqueuedSequenceNumber: arrival.enqueuedSequenceNumber ?? sequenceNumber,
  };
  if ((arrival.scheduledForMs ?? 0) > turn.now) addMessage(turn, mailbox, placement);
  else distribute(broker, turn, mailbox, { ...placement, scheduledForMs: undefined });
  return sequenceNumber;
}

/** A scheduled message's time has come: it gets a new number, as if it had been sent now, but is no duplicate of itself. */
export function activate(broker: Broker, turn: Turn, mailbox: Mailbox, message: Message): void {
  removeMessage(turn, mailbox, message);
  const sequenceNumber = takeSequenceNumber(turn, mailbox);
  const { content, changedProperties, deadLetterSource } = message;
  const enqueuedSequenceNumber = sequenceNumber;
  distribute(broker, turn, mailbox, {
    content,
    changedProperties,
    deadLetterSource,
    sequenceNumber,
    enqueuedSequenceNumber,
  });
}

/** Takes a message out of circulation; `reason` becomes application properties. */
export function deadLetter(broker: Broker, turn: Turn, mailbox: Mailbox, message: Message, reason: Properties): void {
  removeMessage(turn, mailbox, message);
  bury(broker, turn, mailbox, {
    ...message,
    scheduledForMs: undefined,
    changedProperties: { ...message.changedProperties, ...reason },
  });
}

function distribute(broker: Broker, turn: Turn, mailbox: Mailbox, placement: Placement): void {
  const { forwardTo } = mailbox.settings;
  if (mailbox.kind === 'topic') return publish(broker, turn, mailbox, placement);
  if (forwardTo === undefined) return addMessage(turn, mailbox, placement);
  const target = mailboxAt(broker, forwardTo);
  if (!takes(target, placement)) {
    // Differs from Azure: what cannot be forwarded goes to the entity's own dead letters, not to the transfer dead-letter queue.
    const changedProperties = {
      ...placement.changedProperties,
      DeadLetterReason: 'Session id is null.',
      DeadLetterErrorDescription: `'${forwardTo}' requires sessions, and the message has no session id.`,
    };
    return bury(broker, turn, mailbox, { ...placement, changedProperties });
  }
  arrive(broker, turn, target, placement);
}

function publish(broker: Broker, turn: Turn, topic: Mailbox, placement: Placement): void {
  const fields = lazyFields(broker, placement);
  for (const subscription of topic.subscriptions) {
    if (anyRuleMatches(subscription.rules, fields)) arrive(broker, turn, subscription, placement);
  }
}

function bury(broker: Broker, turn: Turn, mailbox: Mailbox, placement: Placement): void {
  const { forwardDeadLetteredMessagesTo } = mailbox.settings;
  const target = forwardDeadLetteredMessagesTo && mailboxAt(broker, forwardDeadLetteredMessagesTo);
  if (target && takes(target, placement)) {
    const { content, changedProperties, enqueuedSequenceNumber } = placement;
    arrive(broker, turn, target, {
      content,
      changedProperties,
      enqueuedSequenceNumber,
      deadLetterSource: mailbox.path,
    });
  } else if (mailbox.deadLetters) {
    addMessage(turn, mailbox.deadLetters, placement);
  }
}

function takes(target: Mailbox, { content }: Placement): boolean {
  return !target.settings.requiresSession || content.sessionId !== undefined;
}

/** The sender's properties with those that settlement has changed, read only if a rule asks. */
function lazyFields(broker: Broker, { content, changedProperties }: Placement): () => RuleFields {
  let fields: RuleFields | undefined;
  return () => {
    if (!fields) {
      const sent = broker.readRuleFields(content.raw);
      fields = { ...sent, properties: { ...sent.properties, ...changedProperties } };
    }
    return fields;
  };
}
