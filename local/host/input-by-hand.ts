// What a function gets when somebody runs it by POST /admin/functions/<name> with { "input": "<text>" }.
import { hasTrigger } from './binding-kinds.ts';
import type { LoadedFunction, TypedData } from './function-app.ts';
import { timerInput } from './timer/timer-input.ts';

export function inputByHand(fn: LoadedFunction, input: string): TypedData {
  if (hasTrigger(fn, 'timerTrigger')) return timerInput({ last: undefined, next: undefined, now: new Date() });
  const binary = fn.trigger['dataType'] === 'binary';
  if (fn.trigger['cardinality'] === 'many')
    return binary ? { collectionBytes: { bytes: [Buffer.from(input)] } } : { collectionString: { string: [input] } };
  return binary ? { bytes: Buffer.from(input) } : { string: input };
}
