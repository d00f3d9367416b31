// Blob trigger: told of new blobs by Event Grid's webhook (source EventGrid), or by listing the container (the default).
import { ContainerClient } from '@azure/storage-blob';
import { connectionOf, neededOption, textOption } from '../binding-options.ts';
import type { LoadedFunction } from '../function-app.ts';
import type { Listener, ListenerContext } from '../listener.ts';
import { connectionString, resolveSettings } from '../settings.ts';
import { waitForService } from '../wait-for-service.ts';
import { isToldByEventGrid } from './blob-event.ts';
import { parseBlobPattern } from './blob-path.ts';
import { functionIdOf } from './blob-queue.ts';
import { createBlobReceipts } from './blob-receipts.ts';
import { scanContainer } from './blob-scan.ts';
import { runBlob } from './run-blob.ts';

const receiptContainer = 'azure-webjobs-hosts';
/** One try a call: the looking itself tries again. */
const options = { retryOptions: { maxTries: 1 } };

export async function startBlobTrigger(fn: LoadedFunction, context: ListenerContext): Promise<Listener> {
  const { environment, invoke, blobs, stopping } = context;
  const source = textOption(fn.trigger, 'source') ?? 'LogsAndContainerScan';
  const isEventDriven = isToldByEventGrid(fn);
  if (!isEventDriven && source.toLowerCase() !== 'logsandcontainerscan')
    throw new Error(`The source of a blobTrigger is EventGrid or LogsAndContainerScan, not '${source}'.`);
  const pattern = parseBlobPattern(resolveSettings(neededOption(fn.trigger, 'path'), environment));
  const container = new ContainerClient(connectionOf(fn.trigger, environment), pattern.container, options);
  const run = { fn, container, pattern, invoke, isVersionStrict: !isEventDriven };
  await blobs.listen(fn.name, (message) => runBlob(message, run));
  if (isEventDriven) return blobs;

  const warn = (text: string): void => context.log('warning', text, { functionName: fn.name });
  const hosts = new ContainerClient(connectionString('AzureWebJobsStorage', environment), receiptContainer, options);
  const scope = { hostId: context.hostId, functionName: fn.name, container: pattern.container };
  const receipts = createBlobReceipts(hosts, scope);
  const readReceipts = async () => {
    await hosts.createIfNotExists();
    return receipts.completed();
  };
  const done = await waitForService('storage for the receipts of blobs', readReceipts, { log: warn, stopping });
  const send = (version: { name: string; etag: string }, blobType: string) =>
    blobs.send({
      Type: 'BlobTrigger',
      FunctionId: functionIdOf(fn.name),
      BlobType: blobType,
      ContainerName: pattern.container,
      BlobName: version.name,
      ETag: version.etag,
    });
  const matches = (name: string) => pattern.match(name) !== undefined;
  const scan = scanContainer({ container, matches, receipts, send, warn }, done);
  return {
    stop: async (patienceMs) => {
      await Promise.all([scan.stop(patienceMs), blobs.stop(patienceMs)]);
    },
  };
}
