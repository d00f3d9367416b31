// Which call of the app runs, wherever it has got to: what it throws behind its own back, or how it ends the process, can then be
// laid at its door.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogSubject } from './function-app.ts';

export const runningCall = new AsyncLocalStorage<Required<Pick<LogSubject, 'functionName' | 'invocationId'>>>();

/** " in 'Functions.x' (Id=…)", or nothing outside of any call. */
export function whereItRuns(): string {
  const call = runningCall.getStore();
  return call ? ` in 'Functions.${call.functionName}' (Id=${call.invocationId})` : '';
}
