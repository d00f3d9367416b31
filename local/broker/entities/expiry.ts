// The end of a message's time to live.
import type { Turn } from '../turn.ts';
import { deadLetter } from './arrival.ts';
import type { Broker } from './broker.ts';
import type { Mailbox } from './mailbox.ts';
import type { Message } from './message.ts';
import { removeMessage } from './placement.ts';

export function expire(broker: Broker, turn: Turn, mailbox: Mailbox, message: Message): void {
  if (!mailbox.settings.deadLetteringOnMessageExpiration) return removeMessage(turn, mailbox, message);
  deadLetter(broker, turn, mailbox, message, {
    DeadLetterReason: 'TTLExpiredException',
    DeadLetterErrorDescription: 'The message expired and was dead lettered.',
  });
}
