// A link on which a client publishes to a hub: a batch is accepted when it is on disk.
import { partitionAt } from '../../broker/logs/hub.ts';
import type { ProducerGrant } from '../../broker/logs/producers.ts';
import { BrokerError } from '../../broker/errors.ts';
import { limits } from '../../broker/limits.ts';
import type { PublisherAddress } from '../address.ts';
import { admit } from '../admit.ts';
import { toAmqpFailure } from '../conditions.ts';
import { batchFormat, type Delivery, echoAttach, formatOf, localAttach, type Receiver } from '../rhea-internals.ts';
import type { DurableLogs } from './durable-logs.ts';
import { decodeSent } from './event-codec.ts';
import { grantNumbers, numberedBatch } from './producer-numbers.ts';

export function openPublisherLink(logs: DurableLogs, link: Receiver, { hub, partitionId }: PublisherAddress): void {
  let grant: ProducerGrant | undefined;
  echoAttach(link);
  localAttach(link).max_message_size = limits.maxEventBatchBytes;
  const isAdmitted = admit(link, () => {
    const found = logs.hub(hub);
    const log = partitionId === undefined ? undefined : partitionAt(found, partitionId);
    grant = grantNumbers(link, log);
  });
  if (!isAdmitted) return;
  link.on('message', ({ message, delivery }: { message: Buffer; delivery: Delivery }) => {
    publish(message, formatOf(delivery)).then(
      () => delivery.accept(),
      (error: unknown) => delivery.reject(toAmqpFailure(error)),
    );
  });

  async function publish(encoded: Buffer, format: number): Promise<void> {
    if (encoded.length > limits.maxEventBatchBytes)
      throw new BrokerError(
        'message-too-large',
        `The batch of ${encoded.length} bytes is larger than the ${limits.maxEventBatchBytes} that '${hub}' takes. Send fewer events together.`,
      );
    const { events, partitionKey } = decodeSent(encoded, format === batchFormat);
    await logs.publish(hub, { partitionId, partitionKey }, events, grant && numberedBatch(grant, events));
  }
}
