// Send and schedule, one message or a batch: all are accepted or none.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import { arrive } from '../entities/arrival.ts';
import type { Mailbox } from '../entities/mailbox.ts';
import type { Content } from '../entities/message.ts';
import { refusalToTake } from '../entities/refusals.ts';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Turn } from '../turn.ts';

export interface Sending {
  readonly content: Content;
  /** Not before this time; undefined or past: at once. */
  readonly scheduledForMs: number | undefined;
}

/**
 * Returns the sequence numbers, in the order of the messages; a duplicate gets one, too, and is dropped.
 * @throws BrokerError entity-not-found, not-allowed, entity-disabled, quota-exceeded, message-too-large, invalid-argument
 */
export function send(broker: Broker, turn: Turn, path: string, sendings: readonly Sending[]): number[] {
  const mailbox = sendableMailbox(broker, path);
  const refusal = refusalToTake(mailbox);
  if (refusal) throw refusal;
  for (const { content } of sendings) refuseInvalid(mailbox, content);
  return sendings.map(({ content, scheduledForMs }) =>
    arrive(broker, turn, mailbox, { content, scheduledForMs, changedProperties: {} }),
  );
}

/** @throws BrokerError entity-not-found, not-allowed */
export function sendableMailbox(broker: Broker, path: string): Mailbox {
  const mailbox = mailboxAt(broker, path);
  if (mailbox.kind !== 'queue' && mailbox.kind !== 'topic')
    throw new BrokerError('not-allowed', `'${mailbox.path}' takes no messages: send to a queue or a topic.`);
  return mailbox;
}

function refuseInvalid(mailbox: Mailbox, content: Content): void {
  if (content.raw.length > limits.maxMessageSizeBytes)
    throw new BrokerError(
      'message-too-large',
      `The message of ${content.raw.length} bytes is larger than the ${limits.maxMessageSizeBytes} that '${mailbox.path}' takes, properties included.`,
    );
  if (content.messageId.length > limits.maxMessageIdLength)
    throw new BrokerError('invalid-argument', `A message id has at most ${limits.maxMessageIdLength} characters.`);
  if ((content.sessionId?.length ?? 0) > limits.maxSessionIdLength)
    throw new BrokerError('invalid-argument', `A session id has at most ${limits.maxSessionIdLength} characters.`);
  if (mailbox.settings.requiresSession && content.sessionId === undefined)
    throw new BrokerError('not-allowed', `'${mailbox.path}' requires sessions: set the message's session id.`);
}
