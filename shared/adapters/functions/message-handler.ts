// The wrapper of every Service Bus function: reads the CloudEvent, runs the handler, carries out the settlement rule.
// The host completes a message whose handler returns and abandons it when the handler throws.
import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceBusMessage } from '@azure/service-bus';
import type { InvocationContext, ServiceBusQueueHandler } from '@azure/functions';
import { type ClaimStore, redeem } from '../../kernel/claim-check.ts';
import { type CloudEvent, type DataOf, type MessageType, parseCloudEvent } from '../../kernel/cloud-event.ts';
import { toAppError } from '../../kernel/errors.ts';
import {
  defaultLimits,
  delayInPlace,
  settle,
  type Settlement,
  type SettlementLimits,
} from '../../kernel/settlement.ts';
import { hasSessions, queues } from '../../kernel/topology.ts';
import { claims as blobClaims } from '../blobs/claims.ts';
import { settings } from '../environment.ts';
import { sender as busSender } from '../messaging/service-bus.ts';
import type { RawSender } from '../messaging/service-bus-sender.ts';
import { deadLetter, readMessage, type ReceivedMessage, scheduledCopy } from './received-message.ts';

export interface MessageHandlerOptions<M extends MessageType> {
  /** The queue it reads: where a copy goes that is put off. */
  readonly queue: string;
  /** The contract of each message it takes. */
  readonly contracts: readonly M[];
  /** Idempotent: a message may come more than once. */
  readonly handle: (event: CloudEvent<DataOf<M>>, context: InvocationContext) => Promise<void>;
}

/** What settling needs of the world. */
export interface Settling {
  readonly sender: RawSender;
  readonly claims: ClaimStore;
  readonly limits: SettlementLimits;
  readonly now: () => number;
  readonly random: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

export function settling(): Settling {
  const limits = { ...defaultLimits, maxBackOffMs: settings().BACK_OFF_LIMIT_SECONDS * 1000 };
  return { sender: busSender, claims: blobClaims, limits, now: Date.now, random: Math.random, wait };
}

/** Bodies come as bytes: the library would parse strings as JSON and change the case of property names. */
export const queueTrigger = (queueName: string) => ({
  connection: 'ServiceBusConnection',
  queueName,
  dataType: 'binary',
});

export const messageHandler = <M extends MessageType>(
  { queue, contracts, handle }: MessageHandlerOptions<M>,
  world?: () => Settling,
): ServiceBusQueueHandler =>
  settled(queue, async ({ body }, context) => handle(parseCloudEvent(body, contracts), context), world);

/** Runs `handle`, which must be idempotent, with the message and its data, and settles whatever it throws by the rule. */
export function settled(
  queue: string,
  handle: (message: ReceivedMessage, context: InvocationContext) => Promise<void>,
  world: () => Settling = settling,
): ServiceBusQueueHandler {
  const hasSession = hasSessions(queue);
  return async (body, context) => {
    const { claims, limits, now, random, wait: pass } = world();
    const startedAt = now();
    const message = readMessage(body, context.triggerMetadata ?? {}, startedAt);
    for (let tries = 1; ; tries += 1) {
      try {
        await handle({ ...message, body: await redeem(message.body, claims) }, context);
        return;
      } catch (thrown) {
        const error = toAppError(thrown);
        const times = { ageMs: now() - message.originalAt, heldMs: now() - startedAt };
        const attempt = { ...message, ...times, tries, hasSession };
        const settlement = settle(error, attempt, random(), limits);
        tell(context, `${queue} ${message.messageId}: ${error.code}, ${error.message}`, settlement, error);
        if (settlement.action === 'retry' || settlement.action === 'abandon') await pass(settlement.delayMs);
        if (settlement.action === 'abandon') throw error;
        if (settlement.action === 'retry') continue;
        const sending = onwards(settlement, message, queue, now());
        if (sending) await sendPatiently(sending, startedAt, world());
        return;
      }
    }
  };
}

function tell(context: InvocationContext, told: string, settlement: Settlement, error: Error): void {
  switch (settlement.action) {
    case 'complete':
      return context.log(`${told}; nothing left to do`);
    case 'retry':
      return context.debug(`${told}; tried again in ${settlement.delayMs} ms`);
    case 'copy':
      return context.warn(`${told}; put off for ${settlement.delayMs} ms`);
    case 'dead-letter':
      return context.error(`${told}; dead-lettered`, error.cause ?? error);
    case 'abandon':
      return context.error(`${told}; abandoned in ${settlement.delayMs} ms`, error.cause ?? error);
  }
}

/** Where the message goes from here, undefined when nothing is left of it. */
function onwards(
  settlement: Exclude<Settlement, { action: 'retry' | 'abandon' }>,
  message: ReceivedMessage,
  queue: string,
  now: number,
): Sending | undefined {
  switch (settlement.action) {
    case 'complete':
      return undefined;
    case 'copy':
      return { entity: queue, message: scheduledCopy(message, new Date(now + settlement.delayMs)) };
    case 'dead-letter': {
      const { reason, description } = settlement;
      return { entity: queues.deadLetters, message: deadLetter(message, queue, reason, description) };
    }
  }
}

interface Sending {
  readonly entity: string;
  readonly message: ServiceBusMessage;
}

/** Thrown at once, the refusals of a broker that is down would burn the message's deliveries. @throws AppError when it does not take it */
async function sendPatiently(
  { entity, message }: Sending,
  startedAt: number,
  { sender, limits, now, random, wait: pass }: Settling,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await sender.send(entity, message);
    } catch (thrown) {
      const delayMs = delayInPlace(tries, random(), limits);
      if (toAppError(thrown).kind !== 'transient' || now() - startedAt + delayMs > limits.holdUnsentMs) throw thrown;
      await pass(delayMs);
    }
  }
}
