// Reads the values of input bindings beside the trigger's, each by its kind; an SDK is loaded by the first that needs it.
import type { ReadInput } from './read-input.ts';
import type { Environment } from './settings.ts';
import { whenNeeded } from './when-needed.ts';

export interface InputContext {
  readonly environment: Environment;
  /** The value of every durableClient. */
  readonly durableClient: string;
}

export function createReadInput({ environment, durableClient }: InputContext): ReadInput {
  const byType: Readonly<Record<string, ReadInput>> = {
    durableclient: async () => ({ string: durableClient }),
    blob: whenNeeded(async () => {
      const { createBlobInput } = await import('./blob/blob-input.ts');
      return createBlobInput(environment);
    }),
    table: whenNeeded(async () => {
      const { createTableInput } = await import('./table/table-input.ts');
      return createTableInput(environment);
    }),
  };
  return async (binding, expand) => byType[binding.type.toLowerCase()]?.(binding, expand);
}
