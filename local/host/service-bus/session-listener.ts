// Session triggers: up to maxConcurrentSessions at once, each session in order; a session is given back when it has
// been idle for sessionIdleTimeout, when its lock is lost and when the connection is.
import {
  isServiceBusError,
  type ServiceBusClient,
  type ServiceBusReceiverOptions,
  type ServiceBusSessionReceiver,
} from '@azure/service-bus';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceBusOptions } from '../host-json.ts';
import type { Listener } from '../listener.ts';
import { createMessageRunner, type MessageRunner, type MessageRunnerOptions } from './message-runner.ts';
import { creditOf } from './receive-credit.ts';
import { receiveErrorReporter } from './receive-errors.ts';

export function listenToSessions(
  client: ServiceBusClient,
  [name, subscription]: readonly [string, string?],
  receiverOptions: ServiceBusReceiverOptions,
  runnerOptions: MessageRunnerOptions,
  limits: ServiceBusOptions,
): Listener {
  const stopping = new AbortController();
  const stopped = new Promise<undefined>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  );
  const open = new Map<ServiceBusSessionReceiver, MessageRunner>();
  const report = receiveErrorReporter(runnerOptions.entity, runnerOptions.fn, runnerOptions.log);

  const accept = (): Promise<ServiceBusSessionReceiver> => {
    const options = { ...receiverOptions, abortSignal: stopping.signal };
    return subscription === undefined
      ? client.acceptNextSession(name, options)
      : client.acceptNextSession(name, subscription, options);
  };
  const serveOneAfterAnother = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        // The SDK asks until there is a session, or its time-out, however soon it is told to stop: whoever stops does not wait.
        const session = await Promise.race([accept(), stopped]);
        if (session === undefined) return;
        report.isBack();
        const sessionOptions = { ...runnerOptions, maxConcurrentCalls: limits.maxConcurrentCallsPerSession };
        const runner = createMessageRunner(sessionOptions);
        open.set(session, runner);
        const credit = creditOf(sessionOptions, limits);
        await serveSession(session, runner, credit, limits.sessionIdleTimeoutMs, stopping.signal);
        open.delete(session);
        await session.close();
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (isNoSession(error)) continue;
        report({ error: error as Error, errorSource: 'receive' });
        await delay(1_000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const serving = Array.from({ length: limits.maxConcurrentSessions }, () => serveOneAfterAnother());
  return {
    stop: async (patienceMs) => {
      stopping.abort();
      await Promise.all([...open.values()].map((runner) => runner.stop(patienceMs)));
      await Promise.all(serving);
    },
  };
}

/** Resolves when the session is idle or lost, or the host stops; what runs has been settled then, or cannot be. */
async function serveSession(
  session: ServiceBusSessionReceiver,
  runner: MessageRunner,
  credit: number,
  idleTimeoutMs: number,
  stopping: AbortSignal,
): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let idle = setTimeout(end, idleTimeoutMs);
  const subscription = session.subscribe(
    {
      processMessage: async (message) => {
        clearTimeout(idle);
        await runner.run(message, session);
        if (runner.runningCount === 0) {
          clearTimeout(idle);
          idle = setTimeout(end, idleTimeoutMs);
        }
      },
      processError: async () => end(),
    },
    { autoCompleteMessages: false, maxConcurrentCalls: credit },
  );
  stopping.addEventListener('abort', () => end(), { once: true });
  await ended;
  clearTimeout(idle);
  await subscription.close().catch(() => undefined);
}

/** Nobody waits: Azure says so after its time-out, the SDK's own may come first. */
function isNoSession(error: unknown): boolean {
  return isServiceBusError(error) && ['ServiceTimeout', 'SessionCannotBeLocked'].includes(error.code);
}
