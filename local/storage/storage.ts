// Blob and queue storage of the local Azure: Azurite in this process, made to keep what it acknowledged.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AzuriteServer } from 'azurite/dist/src/blob/BlobServer.js';
import { type AzuriteOptions, createAzuriteServers } from './azurite-servers.ts';
import { saveBeforeAnswer } from './save-before-answer.ts';

/** How long requests under way may take to end when storage closes. */
const drainMs = 1_500;

export interface Storage {
  readonly ports: { readonly blob: number; readonly queue: number };
  close(): Promise<void>;
}

/** @throws with code EADDRINUSE and the port when one is taken. */
export async function startStorage(options: AzuriteOptions): Promise<Storage> {
  const { blob, queue } = await createAzuriteServers(options);
  const servers = [blob, queue].map((server) => ({
    server,
    saver: options.directory === undefined ? undefined : saveBeforeAnswer(server),
    drained: trackRequests(server.httpServer),
  }));
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
  return {
    ports: { blob: portOf(blob.httpServer), queue: portOf(queue.httpServer) },
    close: async () => {
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
