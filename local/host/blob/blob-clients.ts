// The blob a binding means, by its path with expressions and its connection.
import { BlobServiceClient, type BlockBlobClient, type ContainerClient } from '@azure/storage-blob';
import type { Expand } from '../binding-expressions.ts';
import { connectionOf, neededOption } from '../binding-options.ts';
import type { Binding } from '../function-app.ts';
import type { Environment } from '../settings.ts';
import { splitBlobPath } from './blob-path.ts';

export interface MeantBlob {
  readonly container: ContainerClient;
  readonly blob: BlockBlobClient;
}

/** One client a connection. */
export function blobFinder(environment: Environment): (binding: Binding, expand: Expand) => MeantBlob {
  const services = new Map<string, BlobServiceClient>();
  return (binding, expand) => {
    const connection = connectionOf(binding, environment);
    const service = services.get(connection) ?? BlobServiceClient.fromConnectionString(connection);
    services.set(connection, service);
    const path = splitBlobPath(expand(neededOption(binding, 'path')));
    const container = service.getContainerClient(path.container);
    return { container, blob: container.getBlockBlobClient(path.name) };
  };
}
