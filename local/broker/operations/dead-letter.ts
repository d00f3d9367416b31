// The consumer finds a message beyond help: it is moved to the dead letters with a reason.
import { deadLetter } from '../entities/arrival.ts';
import { type Broker, mailboxAt } from '../entities/broker.ts';
import type { Properties } from '../entities/definitions.ts';
import { dropLock, heldLock } from '../entities/locks.ts';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Turn } from '../turn.ts';

export interface DeadLetterReason {
  readonly reason: string | undefined;
  readonly description: string | undefined;
  /** Merged into the message's application properties. */
  readonly changed?: Properties | undefined;
}

/** @throws BrokerError message-lock-lost, session-lock-lost; not-allowed for a dead letter */
export function deadLetterMessage(
  broker: Broker,
  turn: Turn,
  path: string,
  token: string,
  { reason, description, changed }: DeadLetterReason,
): void {
  const mailbox = mailboxAt(broker, path);
  const lock = heldLock(turn, mailbox, token);
  if (mailbox.kind === 'dead-letter')
    throw new BrokerError('not-allowed', 'A dead letter cannot be dead-lettered again: complete or abandon it.');
  dropLock(mailbox, lock);
  deadLetter(broker, turn, mailbox, lock.message, {
    ...changed,
    ...(reason === undefined ? {} : { DeadLetterReason: shortened(reason) }),
    ...(description === undefined ? {} : { DeadLetterErrorDescription: shortened(description) }),
  });
}

function shortened(text: string): string {
  return text.slice(0, limits.maxDeadLetterReasonLength);
}
