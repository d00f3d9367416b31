// Warm-up trigger: runs once when the host starts; a failure is only logged.
import type { LoadedFunction } from './function-app.ts';
import type { Listener, ListenerContext } from './listener.ts';
import { finished } from './patience.ts';

export async function startWarmupTrigger(fn: LoadedFunction, { invoke }: ListenerContext): Promise<Listener> {
  const running = invoke({ fn, reason: 'The host has started (warmup).', data: { json: '{}' } }).catch(() => undefined);
  return {
    stop: async (patienceMs) => {
      await finished(running, patienceMs);
    },
  };
}
