// From a locked message to its settlement: the handler resolves → complete, throws → abandon (its delivery count rises),
// never more calls at once than host.json allows.
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { Clock } from '../../clock.ts';
import type { Invoke, LoadedFunction, Log } from '../function-app.ts';
import { finished } from '../patience.ts';
import { keepLock, type LockRenewer } from './lock-renewal.ts';
import { bodyData } from '../body-data.ts';
import { messageMetadata, messageTraceParent } from './message-metadata.ts';
import { settleApart, type SettleApart } from './outcomes-apart.ts';

/** The receiver a message came from: only it can settle it. */
interface Settler extends Partial<LockRenewer> {
  completeMessage(message: ServiceBusReceivedMessage): Promise<void>;
  abandonMessage(message: ServiceBusReceivedMessage): Promise<void>;
}

export interface MessageRunner {
  /** Resolves when the message is settled, well or badly. */
  run(message: ServiceBusReceivedMessage, settler: Settler): Promise<void>;
  readonly runningCount: number;
  /** Lets what runs finish for up to `patienceMs`, then abandons it. */
  stop(patienceMs: number): Promise<void>;
}

export interface MessageRunnerOptions {
  readonly fn: LoadedFunction;
  /** For the log: the queue or topic/subscription. */
  readonly entity: string;
  readonly invoke: Invoke;
  readonly log: Log;
  readonly autoComplete: boolean;
  readonly maxConcurrentCalls: number;
  /** Messages one call takes at most; 1 unless the function takes many. */
  readonly maxBatchSize: number;
  /** So many are waited for, but no longer than `maxBatchWaitMs` after the first. */
  readonly minBatchSize: number;
  readonly maxBatchWaitMs: number;
  /** A message's lock is renewed so long. A session's messages have none of their own. */
  readonly lockRenewalMs: number;
  readonly clock: Clock;
}

type Settling = MessageRunnerOptions & { readonly apart: SettleApart };

interface Locked {
  readonly message: ServiceBusReceivedMessage;
  readonly settler: Settler;
  readonly settled: () => void;
  readonly arrivedAtMs: number;
}

export function createMessageRunner(options: MessageRunnerOptions): MessageRunner {
  const { maxConcurrentCalls, maxBatchSize, minBatchSize, maxBatchWaitMs, lockRenewalMs, clock } = options;
  const settling = { ...options, apart: settleApart() };
  const waiting: Locked[] = [];
  const running = new Map<Promise<void>, readonly Locked[]>();
  let pumpSoon: NodeJS.Immediate | undefined;
  let waitingForMore: { cancel(): void } | undefined;
  let stopped = false;

  const isDue = ([first]: readonly Locked[]): boolean =>
    first !== undefined && (waiting.length >= minBatchSize || clock.now() >= first.arrivedAtMs + maxBatchWaitMs);
  const pump = (): void => {
    pumpSoon = undefined;
    waitingForMore?.cancel();
    while (running.size < maxConcurrentCalls && isDue(waiting)) {
      const batch = waiting.splice(0, maxBatchSize);
      const call = callAndSettle(batch, settling).finally(() => {
        running.delete(call);
        for (const { settled } of batch) settled();
        schedulePump();
      });
      running.set(call, batch);
    }
    const [first] = waiting;
    if (first && !isDue(waiting)) waitingForMore = clock.setTimer(first.arrivedAtMs + maxBatchWaitMs, schedulePump);
  };
  // The next turn, so that messages that arrive together make one batch.
  const schedulePump = (): void => {
    pumpSoon ??= setImmediate(pump);
  };

  return {
    get runningCount() {
      return running.size + waiting.length;
    },
    run: (message, settler) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const { renewMessageLock } = settler;
      const endLock = renewMessageLock
        ? keepLock(message, { renewMessageLock: (each) => renewMessageLock.call(settler, each) }, lockRenewalMs)
        : () => undefined;
      const settled = (): void => {
        endLock();
        resolve();
      };
      const locked = { message, settler, settled, arrivedAtMs: clock.now() };
      if (stopped) return settle('abandon', locked, settling).finally(endLock);
      waiting.push(locked);
      schedulePump();
      return promise;
    },
    stop: async (patienceMs) => {
      stopped = true;
      waitingForMore?.cancel();
      const abandoned = waiting.splice(0);
      const inTime = await finished(Promise.all(running.keys()), patienceMs);
      if (!inTime) abandoned.push(...[...running.values()].flat());
      await finished(Promise.all(abandoned.map((each) => settle('abandon', each, settling))), 1_000);
      for (const { settled } of abandoned) settled();
    },
  };
}

async function callAndSettle(batch: readonly Locked[], settling: Settling): Promise<void> {
  const { fn, entity, invoke, autoComplete } = settling;
  const messages = batch.map(({ message }) => message);
  try {
    await invoke({
      fn,
      reason: `New Service Bus message detected on '${entity}'.`,
      traceParent: messageTraceParent(messages),
      data: bodyData(messages, fn.trigger),
      triggerMetadata: messageMetadata(messages, fn.trigger['cardinality']),
    });
  } catch {
    // The invocation has logged the error.
    await Promise.all(batch.map((each) => settle('abandon', each, settling)));
    return;
  }
  if (autoComplete) await Promise.all(batch.map((each) => settle('complete', each, settling)));
}

async function settle(
  how: 'complete' | 'abandon',
  { message, settler }: Locked,
  { fn, log, apart }: Settling,
): Promise<void> {
  try {
    await apart(how, () => (how === 'complete' ? settler.completeMessage(message) : settler.abandonMessage(message)));
  } catch (error) {
    const text = `Message '${String(message.messageId)}' could not be ${how}d and will be delivered again: ${(error as Error).message}`;
    log('warning', text, { functionName: fn.name });
  }
}
