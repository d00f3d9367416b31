// Who may read a partition in a consumer group. A reader with an epoch (owner level) is alone; a later one of the same or a
// higher epoch takes over. https://learn.microsoft.com/azure/event-hubs/event-hubs-event-processor-host#epoch
import { BrokerError } from '../errors.ts';

export interface Reader {
  /** Undefined shares the partition. */
  readonly epoch: number | undefined;
}

const maxSharingReaders = 5;

/**
 * Those of the present readers that have to go for the new one.
 * @throws BrokerError link-stolen when the new one may not read, too-many-readers
 */
export function displacedBy<T extends Reader>(present: readonly T[], { epoch }: Reader): readonly T[] {
  const owner = present.find((reader) => reader.epoch !== undefined);
  if (owner?.epoch !== undefined && (epoch === undefined || epoch < owner.epoch))
    throw new BrokerError(
      'link-stolen',
      epoch === undefined
        ? `A receiver with epoch '${owner.epoch}' has this partition, so one without epoch is not allowed.`
        : `A receiver with epoch '${owner.epoch}' has this partition, so one with epoch '${epoch}' is not allowed. Use a higher epoch.`,
    );
  if (epoch !== undefined) return present;
  if (present.length >= maxSharingReaders)
    throw new BrokerError(
      'too-many-readers',
      `Exceeded the maximum number of allowed receivers per partition in a consumer group, which is ${maxSharingReaders}.`,
    );
  return [];
}

export function stolenBy({ epoch }: Reader): BrokerError {
  const description = `A new receiver with the same or a higher epoch '${epoch}' was created, hence this one is disconnected.`;
  return new BrokerError('link-stolen', description);
}
