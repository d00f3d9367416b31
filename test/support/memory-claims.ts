import type { ClaimStore } from '../../shared/kernel/claim-check.ts';

/** Claims in memory, for the test to look at and to alter. */
export function memoryClaims(): ClaimStore & { readonly blobs: Map<string, Uint8Array> } {
  const blobs = new Map<string, Uint8Array>();
  return {
    blobs,
    put: async (name, bytes) => void blobs.set(name, bytes),
    get: async (name) => blobs.get(name),
  };
}
