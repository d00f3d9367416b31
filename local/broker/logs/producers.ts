// Idempotent publishing: a producer numbers what it sends to a partition, so that what it sends again after a lost answer is
// not written twice. Rules after the live tests of Azure's own clients: https://github.com/Azure/azure-sdk-for-python/pull/16756
import { BrokerError } from '../errors.ts';

/** What a partition knows of a producer: the numbers of its last batch, -1 before the first. */
export interface Producer {
  readonly epoch: number;
  readonly firstPublished: number;
  readonly lastPublished: number;
  /** Sequence number of its last event in the log; the producer is known as long as that event is kept. */
  readonly lastSequenceNumber: number;
}

interface ProducerRequest {
  readonly id: number | undefined;
  readonly epoch: number | undefined;
  readonly lastPublished: number | undefined;
}

export interface ProducerGrant {
  readonly id: number;
  readonly epoch: number;
  /** The producer's next event has the number after it. */
  readonly lastPublished: number;
}

export interface NumberedBatch extends Omit<ProducerGrant, 'lastPublished'> {
  /** Number of its first event. */
  readonly firstPublished: number;
  readonly count: number;
}

const nothingPublished = -1;
const numberCount = 2 ** 31;

/**
 * Lets a producer in. A higher epoch takes the id over and numbers from 0; what was granted with a lower one is worth nothing any more.
 * @throws BrokerError not-allowed when it claims to have published what the partition does not know of, producer-stolen
 */
export function admitProducer(
  producers: Map<number, Producer>,
  { id, epoch, lastPublished }: ProducerRequest,
  newId: () => number,
): ProducerGrant {
  const known = id === undefined ? undefined : producers.get(id);
  const granted = { id: id ?? newId(), epoch: epoch ?? known?.epoch ?? 0 };
  if (known && granted.epoch < known.epoch) throw stolen(granted, known);
  if (known?.epoch === granted.epoch) return { ...granted, lastPublished: lastPublished ?? known.lastPublished };
  if ((lastPublished ?? nothingPublished) !== nothingPublished)
    throw new BrokerError(
      'not-allowed',
      `The producer '${granted.id}' with epoch '${granted.epoch}' has not published to this partition up to '${lastPublished}'. Create a new producer.`,
    );
  const none = { firstPublished: nothingPublished, lastPublished: nothingPublished };
  if (known) producers.set(granted.id, { ...known, ...none, epoch: granted.epoch });
  return { ...granted, lastPublished: nothingPublished };
}

/**
 * True when the batch is the producer's next one, false when it is its last one again.
 * @throws BrokerError producer-stolen, out-of-order
 */
export function isNextBatch(producers: ReadonlyMap<number, Producer>, batch: NumberedBatch): boolean {
  const known = producers.get(batch.id);
  const { firstPublished } = batch;
  if (known && batch.epoch < known.epoch) throw stolen(batch, known);
  const lastPublished = known?.lastPublished ?? nothingPublished;
  if (firstPublished === following(lastPublished, 1)) return true;
  if (firstPublished === known?.firstPublished && following(firstPublished, batch.count - 1) === lastPublished)
    return false;
  throw new BrokerError(
    'out-of-order',
    `The producer '${batch.id}' sent an event with the number '${firstPublished}' where '${following(lastPublished, 1)}' is the next. Create a new producer.`,
  );
}

export function afterBatch({ epoch, firstPublished, count }: NumberedBatch, lastSequenceNumber: number): Producer {
  return { epoch, firstPublished, lastPublished: following(firstPublished, count - 1), lastSequenceNumber };
}

/** Behind the largest number comes 0. */
function following(published: number, by: number): number {
  return (published + by) % numberCount;
}

function stolen({ id, epoch }: Pick<ProducerGrant, 'id' | 'epoch'>, known: Producer): BrokerError {
  const description = `The producer '${id}' has the epoch '${known.epoch}' by now, so that with epoch '${epoch}' is disconnected.`;
  return new BrokerError('producer-stolen', description);
}
