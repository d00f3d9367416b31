// A blob function run by hand: what it is given is a blob's path, "container/name".
import { ContainerClient } from '@azure/storage-blob';
import { connectionOf, neededOption } from '../binding-options.ts';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import { resolveSettings, type Environment } from '../settings.ts';
import { parseBlobPattern, splitBlobPath } from './blob-path.ts';
import { runBlob } from './run-blob.ts';

/** @throws Error when the path is not the trigger's, or there is no such blob */
export async function runBlobByHand(
  fn: LoadedFunction,
  path: string,
  invoke: Invoke,
  environment: Environment,
): Promise<void> {
  const meant = splitBlobPath(path);
  const pattern = parseBlobPattern(resolveSettings(neededOption(fn.trigger, 'path'), environment));
  if (meant.container !== pattern.container || !pattern.match(meant.name))
    throw new Error(`'${path}' does not match the path of its trigger.`);
  const container = new ContainerClient(connectionOf(fn.trigger, environment), meant.container);
  if (!(await container.getBlobClient(meant.name).exists())) throw new Error(`There is no blob '${path}'.`);
  await runBlob({ BlobName: meant.name, ETag: '' }, { fn, container, pattern, invoke, isVersionStrict: false });
}
