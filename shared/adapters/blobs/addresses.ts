// Addresses that carry their own leave, for a short time: by the account's key, in the cloud by a key delegated to our identity.
import {
  BlobSASPermissions,
  type BlobServiceClient,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
  type UserDelegationKey,
} from '@azure/storage-blob';
import { containers } from '../../kernel/topology.ts';
import { withStorage } from '../storage-errors.ts';

export type SignedAddress = (blobName: string) => string;

export interface BlobAddresses {
  /** Lets its holder write this one blob. */
  upload(videoId: string): Promise<{ readonly url: string; readonly expiresAt: string }>;
  /** Signs the addresses of blobs in renditions. */
  renditions(): Promise<SignedAddress>;
}

const uploadMs = 2 * 3_600_000;
/** Longer than the longest film. */
const playMs = 6 * 3_600_000;
/** Clocks differ. */
const skewMs = 5 * 60_000;
const delegationMs = 24 * 3_600_000;

type Sign = (container: string, blobName: string, permissions: string, expiresOn: Date) => string;

export function blobAddresses(blobs: BlobServiceClient, now: () => number): BlobAddresses {
  const signer = signerOf(blobs, now);
  const address = (sign: Sign, container: string, name: string, permissions: string, expiresOn: Date): string =>
    `${blobs.getContainerClient(container).getBlobClient(name).url}?${sign(container, name, permissions, expiresOn)}`;
  return {
    upload: async (videoId) => {
      const expiresOn = new Date(now() + uploadMs);
      // Blocks need the right to write; to create alone is not enough.
      const url = address(await signer(), containers.incoming, videoId, 'cw', expiresOn);
      return { url, expiresAt: expiresOn.toISOString() };
    },
    renditions: async () => {
      const sign = await signer();
      const expiresOn = new Date(now() + playMs);
      return (name) => address(sign, containers.renditions, name, 'r', expiresOn);
    },
  };
}

function signerOf(blobs: BlobServiceClient, now: () => number): () => Promise<Sign> {
  const { credential, accountName } = blobs;
  const values = (container: string, blobName: string, permissions: string, expiresOn: Date) => ({
    containerName: container,
    blobName,
    permissions: BlobSASPermissions.parse(permissions),
    startsOn: new Date(now() - skewMs),
    expiresOn,
    protocol: blobs.url.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
  });
  if (credential instanceof StorageSharedKeyCredential) {
    const sign: Sign = (...args) => generateBlobSASQueryParameters(values(...args), credential).toString();
    return async () => sign;
  }
  let key: UserDelegationKey | undefined;
  return async () => {
    const isFresh = key !== undefined && key.signedExpiresOn.getTime() > now() + playMs;
    const delegated = (key = isFresh && key ? key : await delegate(blobs, now()));
    return (...args) => generateBlobSASQueryParameters(values(...args), delegated, accountName).toString();
  };
}

const delegate = (blobs: BlobServiceClient, nowMs: number): Promise<UserDelegationKey> =>
  withStorage(() => blobs.getUserDelegationKey(new Date(nowMs - skewMs), new Date(nowMs + delegationMs)));
