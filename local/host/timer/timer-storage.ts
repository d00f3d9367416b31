// A timer's blobs in the container azure-webjobs-hosts, at Azure's places: its status and its lock.
import { type BlockBlobClient, type ContainerClient, BlobServiceClient, type RestError } from '@azure/storage-blob';
import { fromWire, toWire } from './schedule-status.ts';
import type { ScheduleMonitor } from './timer-loop.ts';

export interface TimerStorage {
  readonly monitor: ScheduleMonitor;
  readonly lock: BlockBlobClient;
}

/** @throws when storage does not answer */
export async function openTimerStorage(
  connection: string,
  hostId: string,
  functionName: string,
): Promise<TimerStorage> {
  // One try: whoever calls tries again, and says that it waits.
  const service = BlobServiceClient.fromConnectionString(connection, { retryOptions: { maxTries: 1 } });
  const container = service.getContainerClient('azure-webjobs-hosts');
  await container.createIfNotExists();
  const timer = `Host.Functions.${functionName}`;
  return {
    monitor: monitorOn(container, `timers/${hostId}/${timer}/status`),
    lock: container.getBlockBlobClient(`locks/${hostId}/${timer}.Listener`),
  };
}

function monitorOn(container: ContainerClient, name: string): ScheduleMonitor {
  const blob = container.getBlockBlobClient(name);
  return {
    async read() {
      try {
        return fromWire((await blob.downloadToBuffer()).toString());
      } catch (error) {
        if ((error as RestError).statusCode === 404) return undefined;
        throw error;
      }
    },
    async write(status) {
      const text = JSON.stringify(toWire(status));
      await blob.upload(text, Buffer.byteLength(text));
    },
  };
}
