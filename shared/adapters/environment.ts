// What this process runs with: its settings, read when first asked for, and the identity it has in the cloud.
import type { TokenCredential } from '@azure/identity';
import { once } from '../kernel/once.ts';
import { readSettings, type Settings } from '../kernel/settings.ts';

/** @throws Error that names every missing setting */
export const settings = once(() => readSettings(process.env));

/** @throws Error that names the setting */
export function need(name: keyof Settings): string {
  const value = settings()[name];
  if (typeof value === 'string') return value;
  throw new Error(`The setting ${name} is missing: set it, or the connection string it stands for`);
}

/** Loads its SDK with the first token: where there are connection strings, never. */
export const identity: TokenCredential = {
  getToken: async (...request) => {
    const { managedIdentity } = await import('./managed-identity.ts');
    return await managedIdentity.getToken(...request);
  },
};
