// What every trigger that waits for something is to the host.
import type { Clock } from '../clock.ts';
import type { BlobQueue } from './blob/blob-queue.ts';
import type { HostJson } from './host-json.ts';
import type { Invoke, LoadedFunction, Log } from './function-app.ts';
import type { ServiceBusClients } from './service-bus/service-bus-clients.ts';
import type { Environment } from './settings.ts';

export interface Listener {
  /** Takes nothing new, lets what runs finish for up to `patienceMs`, gives the rest back. */
  stop(patienceMs: number): Promise<void>;
}

export interface ListenerContext {
  readonly invoke: Invoke;
  readonly log: Log;
  readonly environment: Environment;
  readonly hostJson: HostJson;
  /** The same for every host of the app. */
  readonly hostId: string;
  readonly serviceBus: ServiceBusClients;
  readonly blobs: BlobQueue;
  /** What the app asked for goes by it: timers, the waits between retries. */
  readonly clock: Clock;
  /** Ends the waiting for a service that is not there yet. */
  readonly stopping: AbortSignal;
}

/**
 * Resolves when it listens; a service that is not there yet is waited for, and the log says so.
 * @throws Error when the function can never work as it is configured
 */
export type StartListener = (fn: LoadedFunction, context: ListenerContext) => Promise<Listener>;
