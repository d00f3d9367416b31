// The whole namespace in memory: every mailbox by its address.
import { BrokerError } from '../errors.ts';
import type { RuleFields } from '../rules/rule-fields.ts';
import type { DeliverySettings, NamespaceDefinition, RuleDefinition, TopicDefinition } from './definitions.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';

export interface Broker extends Sources {
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
}

/** What the core does not know itself: randomness and the wire format. */
export interface Sources {
  /** A new uuid in its usual notation. */
  readonly newLockToken: () => string;
  /** The properties that rules look at, read from a message as it was sent. */
  readonly readRuleFields: (raw: Uint8Array) => RuleFields;
}

const deadLetterSettings: DeliverySettings = {
  lockDurationMs: 60_000,
  maxDeliveryCount: Number.POSITIVE_INFINITY,
  requiresSession: false,
  defaultTtlMs: undefined,
  deadLetteringOnMessageExpiration: false,
  forwardTo: undefined,
  forwardDeadLetteredMessagesTo: undefined,
};

export function createBroker(definition: NamespaceDefinition, sources: Sources): Broker {
  const mailboxes = new Map<string, Mailbox>();
  const add = (mailbox: Mailbox) => {
    mailboxes.set(mailbox.key, mailbox);
    if (mailbox.deadLetters) mailboxes.set(mailbox.deadLetters.key, mailbox.deadLetters);
    return mailbox;
  };
  for (const queue of definition.queues) add(withDeadLetters('queue', queue.name, queue, queue));
  for (const topic of definition.topics) {
    const mailbox = add(topicMailbox(topic));
    for (const subscription of topic.subscriptions) {
      const path = `${topic.name}/Subscriptions/${subscription.name}`;
      const box = add(withDeadLetters('subscription', path, subscription, subscription));
      mailbox.subscriptions.push(box);
    }
  }
  return { ...sources, mailboxes };
}

/**
 * The mailbox at a path such as `queue`, `topic/Subscriptions/name` or either with `/$DeadLetterQueue`, in any case.
 * @throws BrokerError entity-not-found
 */
export function mailboxAt(broker: Broker, path: string): Mailbox {
  const mailbox = broker.mailboxes.get(path.toLowerCase());
  if (!mailbox) throw new BrokerError('entity-not-found', `The messaging entity '${path}' could not be found.`);
  return mailbox;
}

function withDeadLetters(
  kind: 'queue' | 'subscription',
  path: string,
  settings: DeliverySettings,
  {
    duplicateDetectionWindowMs,
    rules,
  }: { readonly duplicateDetectionWindowMs?: number | undefined; readonly rules?: readonly RuleDefinition[] },
): Mailbox {
  const sequence = { next: 1, reservedBelow: 1 };
  const deadLetters = createMailbox({
    kind: 'dead-letter',
    path: `${path}/$DeadLetterQueue`,
    settings: { ...deadLetterSettings, lockDurationMs: settings.lockDurationMs },
    sequence,
  });
  return createMailbox({ kind, path, settings, deadLetters, sequence, duplicateDetectionWindowMs, rules });
}

function topicMailbox({ name, defaultTtlMs, duplicateDetectionWindowMs }: TopicDefinition): Mailbox {
  const settings = { ...deadLetterSettings, defaultTtlMs };
  return createMailbox({ kind: 'topic', path: name, settings, duplicateDetectionWindowMs });
}
