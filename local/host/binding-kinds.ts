// Which kinds of triggers and bindings this host knows, and why a function cannot run here: it uses another, or a setting
// that is missing.
import { connectionName } from './binding-options.ts';
import { topicOf } from './event-grid/event-grid-output.ts';
import type { Binding, LoadedFunction } from './function-app.ts';
import { connectionString, resolveSettings, type Environment } from './settings.ts';

const triggers = [
  'httpTrigger',
  'timerTrigger',
  'serviceBusTrigger',
  'queueTrigger',
  'blobTrigger',
  'eventHubTrigger',
  'eventGridTrigger',
  'warmupTrigger',
  'orchestrationTrigger',
  'activityTrigger',
  'entityTrigger',
];
const inputs = ['blob', 'table', 'durableClient'];
const outputs = ['http', 'serviceBus', 'queue', 'blob', 'table', 'eventHub', 'eventGrid'];

/** Why the function cannot run here, or undefined when it can. */
export function unsupported(fn: LoadedFunction, environment: Environment): string | undefined {
  for (const [key, binding] of Object.entries(fn.bindings)) {
    const reason = unknownKind(binding, key === fn.trigger.key) ?? missingSetting(binding, environment);
    if (reason !== undefined) return `Function '${fn.name}' is left out: ${reason}`;
  }
  return undefined;
}

function unknownKind({ type, direction }: Binding, isTrigger: boolean): string | undefined {
  const known = isTrigger ? triggers : direction === 'in' ? inputs : outputs;
  if (known.some((each) => each.toLowerCase() === type.toLowerCase())) return undefined;
  const role = isTrigger ? 'trigger' : `${direction}put binding`;
  return `the local host does not support its ${role} '${type}'. It supports ${known.join(', ')}.`;
}

function missingSetting(binding: Binding, environment: Environment): string | undefined {
  try {
    for (const value of Object.values(binding)) if (typeof value === 'string') resolveSettings(value, environment);
    const connection = connectionName(binding);
    if (binding.type.toLowerCase() === 'eventgrid') topicOf(binding, environment);
    else if (connection !== undefined) connectionString(connection, environment);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export function hasTrigger(fn: LoadedFunction, type: string): boolean {
  return fn.trigger.type.toLowerCase() === type.toLowerCase();
}
