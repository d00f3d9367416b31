// The whole namespace in memory: every mailbox by its address.
import { BrokerError } from '../errors.ts';
import type { RuleFields } from '../rules/rule-fields.ts';
import type {
  DeliverySettings,
  NamespaceDefinition,
  QueueDefinition,
  SubscriptionDefinition,
  TopicDefinition,
} from './definitions.ts';
import { createMailbox, type Mailbox, type Usage } from './mailbox.ts';

export interface Broker extends Sources {
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
}

/** What the core does not know itself: randomness and the wire format. */
export interface Sources {
  /** A new uuid in its usual notation. */
  readonly newLockToken: () => string;
  /** The properties that rules look at, read from a message as it was sent. */
  readonly readRuleFields: (raw: Uint8Array) => RuleFields;
  /** The message with these properties in place of its own. */
  readonly writeRuleFields: (raw: Uint8Array, fields: RuleFields) => Uint8Array;
}

const subqueueSettings: DeliverySettings = {
  status: 'Active',
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
    for (const box of [mailbox, mailbox.deadLetters, mailbox.transferDeadLetters]) if (box) mailboxes.set(box.key, box);
    return mailbox;
  };
  for (const queue of definition.queues) add(queueMailbox(queue));
  for (const topic of definition.topics) {
    const mailbox = add(topicMailbox(topic));
    for (const subscription of topic.subscriptions)
      mailbox.subscriptions.push(add(subscriptionMailbox(mailbox, subscription)));
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

function queueMailbox(queue: QueueDefinition): Mailbox {
  const { name: path, duplicateDetectionWindowMs, maxSizeBytes } = queue;
  const usage = { bytes: 0, maxBytes: maxSizeBytes };
  return createMailbox({ kind: 'queue', path, duplicateDetectionWindowMs, ...withSubqueues(path, queue, usage) });
}

function topicMailbox({
  name,
  status,
  defaultTtlMs,
  duplicateDetectionWindowMs,
  maxSizeBytes,
}: TopicDefinition): Mailbox {
  const settings = { ...subqueueSettings, status, defaultTtlMs };
  const usage = { bytes: 0, maxBytes: maxSizeBytes };
  return createMailbox({ kind: 'topic', path: name, settings, usage, duplicateDetectionWindowMs });
}

function subscriptionMailbox(topic: Mailbox, subscription: SubscriptionDefinition): Mailbox {
  const path = `${topic.path}/Subscriptions/${subscription.name}`;
  return createMailbox({
    kind: 'subscription',
    path,
    rules: subscription.rules,
    deadLettersFilterErrors: subscription.deadLetteringOnFilterEvaluationExceptions,
    ...withSubqueues(path, subscription, topic.usage),
  });
}

/** Dead letters keep the numbers of their entity and count towards its size. */
function withSubqueues(path: string, settings: DeliverySettings, usage: Usage) {
  const sequence = { next: 1, reservedBelow: 1 };
  const { status, lockDurationMs } = settings;
  const subqueue = (suffix: string) =>
    createMailbox({
      kind: 'dead-letter',
      path: `${path}/${suffix}`,
      settings: { ...subqueueSettings, status, lockDurationMs },
      sequence,
      usage,
    });
  return {
    settings,
    sequence,
    usage,
    deadLetters: subqueue('$DeadLetterQueue'),
    transferDeadLetters: subqueue('$Transfer/$DeadLetterQueue'),
  };
}
