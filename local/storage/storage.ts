// Blob and queue storage of the local Azure: Azurite in this process, made to keep what it acknowledged.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AzuriteBlobServer, AzuriteServer } from 'azurite/dist/src/blob/BlobServer.js';
import { type AzuriteOptions, createAzuriteServers } from './azurite-servers.ts';
import { type BlobEvent, blobEvent, createSequencer } from './blob-event.ts';
import { serveLoopbackOnly } from '../http/loopback-hosts.ts';
import { createEventOutbox, type EventOutbox } from './event-outbox.ts';
import { type Saver, saveBeforeAnswer } from './save-before-answer.ts';
import { watchBlobs } from './watch-blobs.ts';

/** How long requests under way may take to end when storage closes. */
const drainMs = 1_500;

export interface Storage {
  readonly ports: { readonly blob: number; readonly queue: number };
  close(): Promise<void>;
}

export interface StorageOptions extends AzuriteOptions {
  /** Takes the blob events; those it rejects come again. Without it none are raised. */
  readonly sendBlobEvents?: ((events: readonly BlobEvent[]) => Promise<void>) | undefined;
}

/** @throws with code EADDRINUSE and the port when one is taken. */
export async function startStorage(options: StorageOptions): Promise<Storage> {
  const { blob, queue } = await createAzuriteServers(options);
  const servers = [blob, queue].map((server) => ({
    server,
    saver: options.directory === undefined ? undefined : saveBeforeAnswer(server),
    drained: trackRequests(server.httpServer),
  }));
  for (const { server } of servers) serveLoopbackOnly(server.httpServer);
  const events = options.sendBlobEvents && raiseBlobEvents(blob, servers[0]?.saver, options.sendBlobEvents);
  const started: AzuriteServer[] = [];
  try {
    for (const { server } of servers) {
      await server.start();
      started.push(server);
    }
  } catch (error) {
    await Promise.all(started.map((server) => server.close()));
    throw error;
  }
  events?.start();
  return {
    ports: { blob: portOf(blob.httpServer), queue: portOf(queue.httpServer) },
    close: async () => {
      events?.close();
      await Promise.all(
        servers.map(async ({ server, saver, drained }) => {
          await Promise.race([drained(), delay(drainMs, undefined, { ref: false })]);
          await saver?.idle();
          await server.close();
        }),
      );
    },
  };
}

function raiseBlobEvents(
  server: AzuriteBlobServer,
  saver: Saver | undefined,
  send: NonNullable<StorageOptions['sendBlobEvents']>,
): EventOutbox {
  const outbox = createEventOutbox({ db: server.metadataStore.db, saver, send });
  const nextSequencer = createSequencer();
  watchBlobs(server.metadataStore, (api, blob, { contextId, request }) => {
    const atMs = Date.now();
    const clientRequestId = request?.getHeader('x-ms-client-request-id');
    const change = { api, blob, requestId: contextId, clientRequestId, atMs, sequencer: nextSequencer(atMs) };
    outbox.put(blobEvent(change, portOf(server.httpServer)));
  });
  return outbox;
}

/** Azurite's close() ends while requests are in flight: counts them, and answers a wait for the last. */
function trackRequests(server: Server): () => Promise<void> {
  let inFlight = 0;
  let onDrained: (() => void) | undefined;
  server.prependListener('request', (_req, res) => {
    inFlight += 1;
    res.once('close', () => {
      inFlight -= 1;
      if (inFlight === 0) onDrained?.();
    });
  });
  return () =>
    new Promise((resolve) => {
      onDrained = resolve;
      server.close();
      server.closeIdleConnections();
      if (inFlight === 0) resolve();
    });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
