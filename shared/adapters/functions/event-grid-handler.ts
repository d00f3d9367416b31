// The wrapper of every Event Grid function. What it throws is a failed delivery, which Event Grid repeats for a day and then leaves as
// a blob; what no repeat mends goes to the queue of dead letters, where an operator looks.
import type { EventGridEvent, EventGridHandler, InvocationContext } from '@azure/functions';
import { toAppError } from '../../kernel/errors.ts';
import { settleDelivery } from '../../kernel/settlement.ts';
import { queues } from '../../kernel/topology.ts';
import { sender as busSender } from '../messaging/service-bus.ts';
import type { RawSender } from '../messaging/service-bus-sender.ts';
import { deadLetter, readMessage } from './received-message.ts';

/** What an event carries that was sent again to the one function that failed: attributes of a CloudEvent have small letters only. */
export interface Resubmitted {
  readonly resubmittedto?: string;
  /** The id of the resubmission; the event's own stays, for whoever knows it by that. */
  readonly resubmission?: string;
}

/** `name` is the function's; `handle` is idempotent: an event may be told more than once. */
export function eventGridHandler(
  name: string,
  handle: (event: EventGridEvent, context: InvocationContext) => Promise<void>,
  sender: RawSender = busSender,
): EventGridHandler {
  return async (event, context) => {
    const { resubmittedto, resubmission } = event as EventGridEvent & Resubmitted;
    // The others that take this type have handled it.
    if (resubmittedto !== undefined && resubmittedto !== name) return;
    try {
      await handle(event, context);
    } catch (thrown) {
      const error = toAppError(thrown);
      const told = `event ${event.id}: ${error.code}, ${error.message}`;
      switch (settleDelivery(error)) {
        case 'throw':
          throw error;
        case 'skip':
          return context.log(`${told}; nothing left to do`);
        case 'dead-letter': {
          context.error(`${told}; dead-lettered`, error.cause ?? error);
          const message = readMessage(event, { messageId: resubmission ?? event.id, contentType: 'application/json' });
          const letter = deadLetter(message, `event-grid/${name}`, error.code, error.message);
          return sender.send(queues.deadLetters, letter);
        }
      }
    }
  };
}
