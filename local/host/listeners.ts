// Opens the triggers that wait for something. One that can never work is named and left out; the rest runs.
import type { LoadedFunction } from './function-app.ts';
import type { Listener, ListenerContext, StartListener } from './listener.ts';
import { startWarmupTrigger } from './warmup-trigger.ts';

/** An SDK is loaded by the first trigger that needs it: together they are half of a host's start. */
const starters: Readonly<Record<string, StartListener>> = {
  servicebustrigger: async (...args) => {
    const { startServiceBusTrigger } = await import('./service-bus/service-bus-trigger.ts');
    return startServiceBusTrigger(...args);
  },
  queuetrigger: async (...args) => {
    const { startQueueTrigger } = await import('./storage-queue/queue-trigger.ts');
    return startQueueTrigger(...args);
  },
  eventhubtrigger: async (...args) => {
    const { startEventHubTrigger } = await import('./event-hub/event-hub-trigger.ts');
    return startEventHubTrigger(...args);
  },
  blobtrigger: async (...args) => {
    const { startBlobTrigger } = await import('./blob/blob-trigger.ts');
    return startBlobTrigger(...args);
  },
  warmuptrigger: startWarmupTrigger,
  timertrigger: async (...args) => {
    const { startTimerTrigger } = await import('./timer/timer-trigger.ts');
    return startTimerTrigger(...args);
  },
};

/** Resolves when each of them listens or has been left out. */
export async function startListeners(
  functions: readonly LoadedFunction[],
  context: ListenerContext,
): Promise<Listener> {
  const started = await Promise.all(functions.map((fn) => startOne(fn, context)));
  const listeners = started.filter((listener) => listener !== undefined);
  return {
    stop: async (patienceMs) => {
      await Promise.all(listeners.map((listener) => listener.stop(patienceMs)));
    },
  };
}

async function startOne(fn: LoadedFunction, context: ListenerContext): Promise<Listener | undefined> {
  const start = starters[fn.trigger.type.toLowerCase()];
  if (!start) return undefined;
  try {
    return await start(fn, context);
  } catch (error) {
    if (context.stopping.aborted) return undefined;
    const text = `The listener for function 'Functions.${fn.name}' was unable to start: ${(error as Error).message}`;
    context.log('error', text, { functionName: fn.name });
    return undefined;
  }
}
