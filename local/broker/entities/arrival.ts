// Where a message ends up: kept back until it is due, spread over a topic's subscriptions, moved on by forwarding,
// ready, or among the dead letters.
import type { RuleFields, RuleSubject } from '../rules/rule-fields.ts';
import { type Selection, selectByRules } from '../rules/rule.ts';
import type { Turn } from '../turn.ts';
import { type Broker, mailboxAt } from './broker.ts';
import type { Properties } from './definitions.ts';
import { isDuplicate } from './duplicates.ts';
import type { Mailbox } from './mailbox.ts';
import type { Content, Message } from './message.ts';
import { addMessage, type Placement, removeMessage } from './placement.ts';
import { refusalToTake } from './refusals.ts';
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
  if (forwardTo !== undefined) return forward(broker, turn, mailbox, placement, forwardTo);
  const refused = sessionRefusal(mailbox, placement);
  if (refused) bury(broker, turn, mailbox, withProperties(placement, refused));
  else addMessage(turn, mailbox, placement);
}

function forward(broker: Broker, turn: Turn, mailbox: Mailbox, placement: Placement, forwardTo: string): void {
  const target = mailboxAt(broker, forwardTo);
  const refused = refusalReason(target, placement);
  if (!refused) arrive(broker, turn, target, placement);
  else if (mailbox.transferDeadLetters)
    addMessage(turn, mailbox.transferDeadLetters, withProperties(placement, refused));
}

function publish(broker: Broker, turn: Turn, topic: Mailbox, placement: Placement): void {
  const subject = subjectOf(broker, placement);
  for (const subscription of topic.subscriptions)
    for (const selection of selectByRules(subscription.rules, subject))
      take(broker, turn, subscription, placement, selection);
}

/** What its rules have selected reaches a subscription. */
function take(broker: Broker, turn: Turn, subscription: Mailbox, placement: Placement, selection: Selection): void {
  if (selection.kind === 'as-it-is') return void arrive(broker, turn, subscription, placement);
  if (selection.kind === 'changed') {
    const content = changedContent(broker, placement.content, selection.fields);
    return void arrive(broker, turn, subscription, { ...placement, content, changedProperties: {} });
  }
  if (!subscription.deadLettersFilterErrors) return;
  const sequenceNumber = takeSequenceNumber(turn, subscription);
  const reason = { DeadLetterReason: 'FilterException', DeadLetterErrorDescription: selection.error.message };
  bury(broker, turn, subscription, { ...withProperties(placement, reason), sequenceNumber });
}

/** An action's copy is a message of its own. */
function changedContent(broker: Broker, content: Content, fields: RuleFields): Content {
  const messageId = fields.messageId ?? content.messageId;
  const raw = broker.writeRuleFields(content.raw, { ...fields, messageId });
  return { ...content, raw, messageId, sessionId: fields.sessionId };
}

function bury(broker: Broker, turn: Turn, mailbox: Mailbox, placement: Placement): void {
  const { forwardDeadLetteredMessagesTo } = mailbox.settings;
  const target = forwardDeadLetteredMessagesTo && mailboxAt(broker, forwardDeadLetteredMessagesTo);
  if (target && !refusalReason(target, placement)) {
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

/** The reason under which a message is dead-lettered that `target` does not take. */
function refusalReason(target: Mailbox, placement: Placement): Properties | undefined {
  const refusal = refusalToTake(target);
  if (refusal) return { DeadLetterReason: refusal.code, DeadLetterErrorDescription: refusal.message };
  return sessionRefusal(target, placement);
}

function sessionRefusal({ path, settings }: Mailbox, { content }: Placement): Properties | undefined {
  if (!settings.requiresSession || content.sessionId !== undefined) return undefined;
  return {
    DeadLetterReason: 'Session ID is null.',
    DeadLetterErrorDescription: `'${path}' requires sessions, and the message has no session id.`,
  };
}

function withProperties(placement: Placement, added: Properties): Placement {
  return { ...placement, changedProperties: { ...placement.changedProperties, ...added } };
}

/** The sender's properties with those that settlement has changed, read only if a rule asks. */
function subjectOf(broker: Broker, { content, changedProperties }: Placement): RuleSubject {
  let fields: RuleFields | undefined;
  const read = () => {
    const sent = broker.readRuleFields(content.raw);
    return { ...sent, properties: { ...sent.properties, ...changedProperties } };
  };
  return { fields: () => (fields ??= read()), newId: broker.newLockToken };
}
