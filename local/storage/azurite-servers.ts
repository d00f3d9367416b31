// Azurite's blob and queue servers hosted in this process, and their settings.
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type blobServer from 'azurite/dist/src/blob/BlobServer.js';
import type { AzuriteBlobServer, AzuriteServer } from 'azurite/dist/src/blob/BlobServer.js';

export interface AzuriteOptions {
  /** Undefined keeps everything in memory. */
  readonly directory?: string | undefined;
  readonly blobPort: number;
  readonly queuePort: number;
}

export interface AzuriteServers {
  readonly blob: AzuriteBlobServer;
  readonly queue: AzuriteServer;
}

/** Not started yet, so that a caller may listen to their stores first. */
export async function createAzuriteServers(options: AzuriteOptions): Promise<AzuriteServers> {
  if (options.directory !== undefined) await mkdir(options.directory, { recursive: true });
  const { default: BlobServer } = require('azurite/dist/src/blob/BlobServer.js') as Loaded;
  const { default: BlobConfiguration } = require('azurite/dist/src/blob/BlobConfiguration.js') as Loaded;
  const { default: QueueServer } = require('azurite/dist/src/queue/QueueServer.js') as Loaded;
  const { default: QueueConfiguration } = require('azurite/dist/src/queue/QueueConfiguration.js') as Loaded;
  return {
    blob: new BlobServer(new BlobConfiguration(...settings('blob', options.blobPort, options.directory))),
    queue: new QueueServer(new QueueConfiguration(...settings('queue', options.queuePort, options.directory))),
  };
}

type Loaded = typeof blobServer;

/** Test runners have ways of their own to import CommonJS. */
const require = createRequire(import.meta.url);

/** The constructor's arguments in its order. */
function settings(service: 'blob' | 'queue', port: number, directory: string | undefined): unknown[] {
  const at = (name: string) => path.join(directory ?? '', name);
  const keepAliveSeconds = 60;
  // Azurite's own file names, so that it can be pointed at the folder as well.
  const metadataPath = at(`__azurite_db_${service}__.json`);
  const extentMetadataPath = at(`__azurite_db_${service}_extent__.json`);
  const extents = [{ locationId: 'Default', locationPath: at(`__${service}storage__`), maxConcurrency: 10 }];
  const accessLog = [false, undefined];
  const debugLog = [false, undefined];
  const certificate = ['', '', '', undefined];
  const loose = false;
  // The SDKs here are newer than this Azurite and name API versions that it does not know.
  const skipApiVersionCheck = true;
  const disableProductStyleUrl = false;
  const inMemory = directory === undefined;
  return [
    '127.0.0.1',
    port,
    keepAliveSeconds,
    metadataPath,
    extentMetadataPath,
    extents,
    ...accessLog,
    ...debugLog,
    loose,
    skipApiVersionCheck,
    ...certificate,
    disableProductStyleUrl,
    inMemory,
  ];
}
