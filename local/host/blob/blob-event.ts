// A BlobCreated event as Event Grid brings it to a blob function: a message for the blob queue, or nothing when the blob is none
// of the function's.
import { neededOption, textOption } from '../binding-options.ts';
import { hasTrigger } from '../binding-kinds.ts';
import type { LoadedFunction } from '../function-app.ts';
import { asRecord, resolveSettings, textOf, type Environment } from '../settings.ts';
import { parseBlobPattern } from './blob-path.ts';
import { functionIdOf, type BlobMessage } from './blob-queue.ts';

/** True for a blob function that does not look itself. */
export function isToldByEventGrid(fn: LoadedFunction): boolean {
  return hasTrigger(fn, 'blobTrigger') && textOption(fn.trigger, 'source')?.toLowerCase() === 'eventgrid';
}

export function blobMessageOf(
  fn: LoadedFunction,
  event: Readonly<Record<string, unknown>>,
  environment: Environment,
): BlobMessage | undefined {
  // EventGridSchema and CloudEvents name the type differently.
  if ((event['eventType'] ?? event['type']) !== 'Microsoft.Storage.BlobCreated') return undefined;
  const subject = /^\/blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/s.exec(textOf(event['subject'], ''));
  const [, container = '', name = ''] = subject ?? [];
  const pattern = parseBlobPattern(resolveSettings(neededOption(fn.trigger, 'path'), environment));
  if (container !== pattern.container || !pattern.match(name)) return undefined;
  const data = asRecord(event['data']);
  return {
    Type: 'BlobTrigger',
    FunctionId: functionIdOf(fn.name),
    BlobType: textOf(data['blobType'], 'BlockBlob'),
    ContainerName: container,
    BlobName: name,
    ETag: textOf(data['eTag'], '').replaceAll('"', ''),
  };
}
