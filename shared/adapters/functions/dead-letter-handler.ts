// The wrapper of the reader of `dead-letters`. Not the settlement rule's: there is no place behind this one. A failure is waited for in
// place, so that the deliveries last for hours, and a message is completed only once it is stored and seen to.
import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions';
import { type ArrivalPorts, processArrival } from '../../dead-letters/process-arrival.ts';
import { toAppError } from '../../kernel/errors.ts';
import { delayInPlace } from '../../kernel/settlement.ts';
import { type Settling, settling } from './message-handler.ts';
import { toArrival } from './received-dead-letter.ts';
import { readMessage } from './received-message.ts';

export const deadLetterHandler =
  (
    ports: (context: InvocationContext) => ArrivalPorts | Promise<ArrivalPorts>,
    world: () => Pick<Settling, 'limits' | 'now' | 'random' | 'wait'> = settling,
  ): ServiceBusQueueHandler =>
  async (body, context) => {
    const { limits, now, random, wait } = world();
    const startedAt = now();
    const metadata = context.triggerMetadata ?? {};
    const arrival = toArrival(readMessage(body, metadata, startedAt), metadata['deadLetterSource']);
    const told = `dead letter ${arrival.messageId} of ${arrival.sourceEntity}, ${arrival.reason}`;
    for (let tries = 1; ; tries += 1) {
      try {
        context.log(`${told}: ${await processArrival(await ports(context), arrival)}`);
        return;
      } catch (thrown) {
        const error = toAppError(thrown);
        const isTransient = error.kind === 'transient';
        const delayMs = isTransient ? delayInPlace(tries, random(), limits) : limits.maxBackOffMs;
        const isLast = !isTransient || now() - startedAt + delayMs > limits.holdInSessionMs;
        context.warn(`${told}: not stored, ${error.code}, ${error.message}; again in ${delayMs} ms`);
        await wait(delayMs);
        if (isLast) throw error;
      }
    }
  };
