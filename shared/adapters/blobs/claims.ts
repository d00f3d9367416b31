import { containers } from '../../kernel/topology.ts';
import { blobClaimStore } from './claim-check.ts';

/** The claims of this app; the SDK of blobs is loaded with the first. */
export const claims = blobClaimStore(async () => (await import('./blobs.ts')).container(containers.claimChecks));
