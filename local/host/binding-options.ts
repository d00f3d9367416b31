// Options of a binding as the app wrote them, read with their type checked.
import type { Binding } from './function-app.ts';
import { connectionString, type Environment } from './settings.ts';

/** Undefined when it is missing or empty. @throws Error when it is something else than text */
export function textOption(binding: Binding, name: string): string | undefined {
  const value = binding[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new Error(`'${name}' of a ${binding.type} must be text.`);
  return value;
}

const defaultConnections: Readonly<Record<string, string>> = {
  servicebus: 'AzureWebJobsServiceBus',
  eventhub: 'AzureWebJobsEventHub',
  queue: 'AzureWebJobsStorage',
  blob: 'AzureWebJobsStorage',
  table: 'AzureWebJobsStorage',
};

/** The connection a binding names, or the one its kind has where it names none; undefined for a kind without one. */
export function connectionName(binding: Binding): string | undefined {
  const kind = binding.type.toLowerCase().replace(/trigger$/, '');
  return textOption(binding, 'connection') ?? defaultConnections[kind];
}

/** @throws Error naming the setting when it is not set */
export function connectionOf(binding: Binding, environment: Environment): string {
  return connectionString(connectionName(binding) ?? neededOption(binding, 'connection'), environment);
}

/** @throws Error when it is missing */
export function neededOption(binding: Binding, name: string): string {
  const value = textOption(binding, name);
  if (value === undefined) throw new Error(`'${name}' is missing from a ${binding.type}.`);
  return value;
}
