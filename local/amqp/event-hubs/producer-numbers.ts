// Idempotent publishing on the wire: what link and events say of their producer. Names after @azure/event-hubs,
// dist/esm/util/constants.js.
import { randomInt } from 'node:crypto';
import rhea from 'rhea';
import type { PartitionLog } from '../../broker/logs/partition-log.ts';
import { admitProducer, type NumberedBatch, type ProducerGrant } from '../../broker/logs/producers.ts';
import { BrokerError } from '../../broker/errors.ts';
import { desiredCapabilities, localAttach, type Receiver } from '../rhea-internals.ts';
import { mapAt } from '../section-values.ts';
import { findSections, sectionCodes } from '../sections.ts';

const { types } = rhea;
const capability = 'com.microsoft:idempotent-producer';
const epochName = 'com.microsoft:producer-epoch';
const idName = 'com.microsoft:producer-id';
const numberName = 'com.microsoft:producer-sequence-number';
/** Random, so that no id comes back after a restart. */
const newId = () => randomInt(1, 2 ** 48 - 1);

/**
 * Grants an id and an epoch to a producer that asks to number its events, and says so in the attach; undefined when it does not ask.
 * @throws BrokerError not-allowed, producer-stolen
 */
export function grantNumbers(link: Receiver, log: PartitionLog | undefined): ProducerGrant | undefined {
  if (!desiredCapabilities(link).includes(capability)) return undefined;
  if (!log)
    throw new BrokerError(
      'not-allowed',
      'Idempotent publishing needs a partition: send to /Partitions/<id> of the hub.',
    );
  const asked = (name: string) => numberIn(link.properties?.[name]);
  const request = { id: asked(idName), epoch: asked(epochName), lastPublished: asked(numberName) };
  const grant = admitProducer(log.producers, request, newId);
  localAttach(link).properties = {
    [epochName]: types.wrap_short(grant.epoch),
    [idName]: types.wrap_long(grant.id),
    [numberName]: types.wrap_int(grant.lastPublished),
  };
  return grant;
}

/** Events of a batch have numbers one after the other. @throws BrokerError invalid-argument */
export function numberedBatch({ id, epoch }: ProducerGrant, events: readonly Buffer[]): NumberedBatch {
  const [first = Buffer.alloc(0)] = events;
  const annotations = mapAt(first, findSections(first), sectionCodes.messageAnnotations);
  const firstPublished = numberIn(annotations.get(numberName)?.value);
  if (firstPublished === undefined)
    throw new BrokerError('invalid-argument', `An idempotent producer must number its events by '${numberName}'.`);
  return { id, epoch, firstPublished, count: events.length };
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
