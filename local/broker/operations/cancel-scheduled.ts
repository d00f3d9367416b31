// Takes scheduled messages back before they are due.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import { removeMessage } from '../entities/placement.ts';
import { BrokerError } from '../errors.ts';
import type { Turn } from '../turn.ts';

/** @throws BrokerError entity-not-found; message-not-found when one of them is not scheduled (any more): then none is cancelled */
export function cancelScheduled(broker: Broker, turn: Turn, path: string, sequenceNumbers: readonly number[]): void {
  const mailbox = mailboxAt(broker, path);
  const messages = sequenceNumbers.map((sequenceNumber) => {
    const message = mailbox.messages.get(sequenceNumber);
    if (message?.state !== 'scheduled')
      throw new BrokerError('message-not-found', `No message ${sequenceNumber} is scheduled in '${mailbox.path}'.`);
    return message;
  });
  for (const message of messages) removeMessage(turn, mailbox, message);
}
