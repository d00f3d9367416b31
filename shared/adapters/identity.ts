import type { TokenCredential } from '@azure/identity';

/** Loads its SDK with the first token: where there are connection strings, never. */
export const identity: TokenCredential = {
  getToken: async (...request) => {
    const { managedIdentity } = await import('./managed-identity.ts');
    return await managedIdentity.getToken(...request);
  },
};
