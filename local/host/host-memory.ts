// How much memory a host may use before it is ended: a leak then kills one process and not the machine.
import type { Environment } from './settings.ts';

/** The memory of an instance in Azure's Consumption plan. */
const defaultMb = 1_536;

/** In MB. @throws Error when the setting is no number */
export function hostMemoryMb(environment: Environment): number {
  const text = environment['MILLRACE_HOST_MEMORY_MB'];
  if (text === undefined || text === '') return defaultMb;
  const memoryMb = Number(text);
  if (!Number.isInteger(memoryMb) || memoryMb < 64)
    throw new Error(`MILLRACE_HOST_MEMORY_MB must be a whole number of at least 64, not '${text}'.`);
  return memoryMb;
}
