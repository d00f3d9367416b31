// Which kinds of triggers and bindings this host knows, and what is wrong with a function that uses another.
import type { LoadedFunction } from './function-app.ts';

const triggers = new Set([
  'httptrigger',
  'servicebustrigger',
  'queuetrigger',
  'timertrigger',
  'eventhubtrigger',
  'eventgridtrigger',
  'orchestrationtrigger',
  'activitytrigger',
]);
const inputs = new Set(['durableclient']);
const outputs = new Set(['http', 'servicebus', 'queue', 'eventhub', 'eventgrid']);

/** Why the function cannot run here, or undefined when it can. */
export function unsupported(fn: LoadedFunction): string | undefined {
  if (!triggers.has(fn.trigger.type.toLowerCase()))
    return `Function '${fn.name}' is left out: the local host does not support its trigger '${fn.trigger.type}'.`;
  for (const [key, { type, direction }] of Object.entries(fn.bindings)) {
    if (key === fn.trigger.key) continue;
    const known = direction === 'in' ? inputs : outputs;
    if (!known.has(type.toLowerCase()))
      return `Function '${fn.name}' is left out: the local host does not support its ${direction}put binding '${type}'.`;
  }
  return undefined;
}

export function hasTrigger(fn: LoadedFunction, type: string): boolean {
  return fn.trigger.type.toLowerCase() === type.toLowerCase();
}
