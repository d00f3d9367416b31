// Readings onto the hub, with the device as partition key, so that one partition has a device's readings in order. As many of a
// device's as fit go in one batch.
import type { EventHubProducerClient } from '@azure/event-hubs';
import { AppError } from '../../kernel/errors.ts';
import { forEachAtOnce } from '../../kernel/for-each-at-once.ts';
import type { ReadingMessage } from '../../telemetry/reading.ts';
import type { Guard } from '../resilience/guard.ts';

export interface ReadingSender {
  /**
   * Not all or none: after a failure the caller sends all of them again, and the repeats are recognised.
   * @throws AppError messaging-unavailable
   */
  send(readings: readonly ReadingMessage[]): Promise<void>;
}

const batchesAtOnce = 32;

/** @param open answers the same producer each time */
export function hubReadings(
  open: () => EventHubProducerClient | Promise<EventHubProducerClient>,
  guard: Guard,
): ReadingSender {
  return {
    send: async (readings) => {
      const byDevice = Map.groupBy(readings, ({ deviceId }) => deviceId);
      await forEachAtOnce(byDevice, batchesAtOnce, ([deviceId, ofDevice]) =>
        guard.run(async (abortSignal) => {
          try {
            await sendAll(await open(), deviceId, ofDevice, abortSignal);
          } catch (cause) {
            const detail = 'The hub did not take all the readings; send them again shortly, none counts twice';
            throw new AppError('messaging-unavailable', detail, { cause });
          }
        }),
      );
    },
  };
}

async function sendAll(
  producer: EventHubProducerClient,
  partitionKey: string,
  readings: readonly ReadingMessage[],
  abortSignal: AbortSignal,
): Promise<void> {
  const options = { partitionKey, abortSignal };
  let batch = await producer.createBatch(options);
  for (const reading of readings) {
    const event = { body: Buffer.from(JSON.stringify(reading)), contentType: 'application/json' };
    if (batch.tryAdd(event)) continue;
    await producer.sendBatch(batch, { abortSignal });
    batch = await producer.createBatch(options);
    if (!batch.tryAdd(event))
      throw new RangeError(`a reading of ${event.body.length} bytes is more than a batch holds`);
  }
  await producer.sendBatch(batch, { abortSignal });
}
