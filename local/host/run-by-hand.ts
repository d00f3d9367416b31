// Runs a function because somebody asked by POST /admin/functions/<name> with { "input": "<text>" }
// (https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http).
import { hasTrigger } from './binding-kinds.ts';
import type { Invoke, LoadedFunction, Log, TypedData } from './function-app.ts';
import type { Environment } from './settings.ts';
import { timerInput } from './timer/timer-input.ts';

/** Never rejects: the log has what fails. */
export type RunByHand = (fn: LoadedFunction, input: string) => Promise<void>;

export interface RunByHandOptions {
  readonly invoke: Invoke;
  readonly environment: Environment;
  readonly log: Log;
}

const reason = 'This function was programmatically called via the host APIs.';

export function createRunByHand({ invoke, environment, log }: RunByHandOptions): RunByHand {
  return async (fn, input) => {
    if (!hasTrigger(fn, 'blobTrigger'))
      // The invocation logs its own failure.
      return void (await invoke({ fn, reason, data: inputByHand(fn, input) }).catch(() => undefined));
    const { runBlobByHand } = await import('./blob/run-blob-by-hand.ts');
    await runBlobByHand(fn, input, invoke, environment).catch((error: Error) =>
      log('error', `'${fn.name}' cannot be run by hand: ${error.message}`, { functionName: fn.name }),
    );
  };
}

const noStatus = { last: undefined, next: undefined, lastUpdated: undefined };

function inputByHand(fn: LoadedFunction, input: string): TypedData {
  if (hasTrigger(fn, 'timerTrigger')) return timerInput(noStatus, false);
  const binary = fn.trigger['dataType'] === 'binary';
  if (fn.trigger['cardinality'] === 'many')
    return binary ? { collectionBytes: { bytes: [Buffer.from(input)] } } : { collectionString: { string: [input] } };
  return binary ? { bytes: Buffer.from(input) } : { string: input };
}
