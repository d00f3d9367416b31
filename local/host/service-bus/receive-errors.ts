// What goes wrong while receiving, said once an outage: the SDK reports every attempt.
import type { ProcessErrorArgs } from '@azure/service-bus';
import type { LoadedFunction, Log } from '../function-app.ts';

export interface ReceiveErrorReporter {
  (args: Pick<ProcessErrorArgs, 'error' | 'errorSource'>): void;
  /** Receiving works: the next interruption is said again. */
  isBack(): void;
}

export function receiveErrorReporter(entity: string, fn: LoadedFunction, log: Log): ReceiveErrorReporter {
  let interrupted = false;
  const report = ({ error, errorSource }: Pick<ProcessErrorArgs, 'error' | 'errorSource'>): void => {
    if (errorSource === 'receive' && interrupted) return;
    interrupted ||= errorSource === 'receive';
    const text =
      errorSource === 'receive'
        ? `Receiving from '${entity}' was interrupted and is tried again: ${error.message}`
        : `Service Bus error while '${errorSource}' on '${entity}': ${error.message}`;
    log('warning', text, { functionName: fn.name });
  };
  return Object.assign(report, {
    isBack: () => {
      interrupted = false;
    },
  });
}
