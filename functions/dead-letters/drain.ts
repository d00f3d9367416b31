// Takes what `dead-letters` itself gave up, after a hundred deliveries, and stores it in the same way: completed last.
import { serviceBus } from '../../shared/adapters/messaging/service-bus.ts';
import type { ServiceBusReceiver } from '@azure/service-bus';
import { receivedByReceiver } from '../../shared/adapters/functions/received-dead-letter.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';
import { type ArrivalPorts, processArrival } from '../../shared/dead-letters/process-arrival.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { queues } from '../../shared/kernel/topology.ts';

export interface Drained {
  /** Messages that were taken, the ones that were letters already too. */
  readonly drained: number;
  /** Whether the queue may hold more: ask again. */
  readonly isMore: boolean;
}

/** A request lives for 230 s at most [Azure Functions scale and hosting]. */
const limits = { messages: 5_000, ms: 60_000 } as const;

/** How long the queue is silent before it counts as empty. */
const silenceMs = 2_000;

/** @throws AppError storage-unavailable, messaging-unavailable: what was not taken is still there */
export async function drainDeadLetters(arrivals: ArrivalPorts, now = Date.now): Promise<Drained> {
  const receiver = (await serviceBus()).createReceiver(queues.deadLetters, {
    subQueueType: 'deadLetter',
    skipParsingBodyAsJson: true,
  });
  try {
    return await drain(receiver, arrivals, now);
  } finally {
    await receiver.close();
  }
}

async function drain(receiver: ServiceBusReceiver, arrivals: ArrivalPorts, now: () => number): Promise<Drained> {
  const startedAt = now();
  for (let drained = 0; ; ) {
    if (drained >= limits.messages || now() - startedAt >= limits.ms) return { drained, isMore: true };
    const messages = await guarded((abortSignal) =>
      receiver.receiveMessages(50, { maxWaitTimeInMs: silenceMs, abortSignal }),
    );
    if (messages.length === 0) return { drained, isMore: false };
    for (const message of messages) {
      await processArrival(arrivals, receivedByReceiver(message));
      await guarded(() => receiver.completeMessage(message));
      drained += 1;
    }
  }
}

const guarded = <T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  guards['service-bus'].run(async (signal) => {
    try {
      return await call(signal);
    } catch (cause) {
      throw new AppError('messaging-unavailable', 'The broker does not answer; drain again shortly', { cause });
    }
  });
