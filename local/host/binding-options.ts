// Options of a binding as the app wrote them, read with their type checked.
import type { Binding } from './function-app.ts';

/** Undefined when it is missing or empty. @throws Error when it is something else than text */
export function textOption(binding: Binding, name: string): string | undefined {
  const value = binding[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new Error(`'${name}' of a ${binding.type} must be text.`);
  return value;
}

/** @throws Error when it is missing */
export function neededOption(binding: Binding, name: string): string {
  const value = textOption(binding, name);
  if (value === undefined) throw new Error(`'${name}' is missing from a ${binding.type}.`);
  return value;
}
