// The wrapper of every Service Bus function: reads the CloudEvent, runs the handler, carries out the settlement rule.
// The host completes a message whose handler returns and abandons it when the handler throws.
import { setTimeout as wait } from 'node:timers/promises';
import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions';
import type { z } from 'zod';
import { type CloudEvent, parseCloudEvent } from '../../kernel/cloud-event.ts';
import { type AppError, toAppError } from '../../kernel/errors.ts';
import { settle } from '../../kernel/settlement.ts';
import { queues } from '../../kernel/topology.ts';
import { ports } from '../ports.ts';
import { deadLetter, readMessage, type ReceivedMessage, scheduledCopy } from './received-message.ts';

export interface MessageHandlerOptions<T extends z.ZodType> {
  /** The queue it reads: where a copy goes that is put off. */
  readonly queue: string;
  /** The data contract of each CloudEvents type it takes. */
  readonly contracts: Readonly<Record<string, T>>;
  /** Idempotent: a message may come more than once. */
  readonly handle: (event: CloudEvent<z.infer<T>>, context: InvocationContext) => Promise<void>;
}

/** Bodies come as bytes: the library would parse strings as JSON and change the case of property names. */
export const queueTrigger = (queueName: string) => ({
  connection: 'ServiceBusConnection',
  queueName,
  dataType: 'binary',
});

export function messageHandler<T extends z.ZodType>({
  queue,
  contracts,
  handle,
}: MessageHandlerOptions<T>): ServiceBusQueueHandler {
  return async (body, context) => {
    const message = readMessage(body, context.triggerMetadata ?? {});
    for (let tries = 1; ; tries += 1) {
      try {
        await handle(parseCloudEvent(message.body, contracts), context);
        return;
      } catch (thrown) {
        const error = toAppError(thrown);
        const retryInMs = await settleFailure(queue, message, error, tries, context);
        if (retryInMs === undefined) return;
        await wait(retryInMs);
      }
    }
  };
}

/** Answers the delay before another try in place, undefined when the message is settled. Throws to abandon it. */
async function settleFailure(
  queue: string,
  message: ReceivedMessage,
  error: AppError,
  tries: number,
  context: InvocationContext,
): Promise<number | undefined> {
  const now = Date.now();
  const attempt = {
    copy: message.copy,
    tries,
    originalAt: message.originalAt,
    now,
    hasSession: message.sessionId !== undefined,
  };
  const settlement = settle(error, attempt, Math.random());
  const told = `${queue} ${message.messageId}: ${error.code}, ${error.message}`;
  switch (settlement.action) {
    case 'complete':
      context.log(`${told}; nothing left to do`);
      return undefined;
    case 'retry':
      return settlement.delayMs;
    case 'copy':
      context.warn(`${told}; put off for ${settlement.delayMs} ms`);
      await ports().sender.send(queue, scheduledCopy(message, new Date(now + settlement.delayMs)));
      return undefined;
    case 'dead-letter':
      context.error(`${told}; dead-lettered`);
      await ports().sender.send(queues.deadLetters, deadLetter(message, queue, settlement.reason, error.message));
      return undefined;
    case 'abandon':
      context.error(told, error.cause ?? error);
      throw error;
  }
}
