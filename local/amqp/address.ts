// What a link's address names: an entity, its $management node, or $cbs. Of an event hub, also the partition and the group.
import { BrokerError } from '../broker/errors.ts';

export type Address =
  | { readonly kind: 'cbs' }
  | { readonly kind: 'management'; readonly path: string }
  | { readonly kind: 'entity'; readonly path: string };

/** Where events go to. */
export interface PublisherAddress {
  readonly hub: string;
  readonly partitionId: string | undefined;
}

/** Where events come from. */
export interface ConsumerAddress {
  readonly hub: string;
  readonly group: string;
  readonly partitionId: string;
}

const managementSuffix = '/$management';
const publisherPath = /^([^/]+)(?:\/Partitions\/([^/]+))?$/i;
const consumerPath = /^([^/]+)\/ConsumerGroups\/([^/]+)\/Partitions\/([^/]+)$/i;

interface Terminus {
  readonly address?: unknown;
  readonly dynamic?: unknown;
}

/**
 * Differs from Azure: there are no transactions over AMQP; a link to their coordinator, which comes without a target, is refused.
 * @throws BrokerError not-implemented for nodes made on demand, invalid-argument for an address that is no text
 */
export function checkTermini({ source, target }: { readonly source?: unknown; readonly target?: unknown }): void {
  if (isMissing(source) || isMissing(target))
    throw new BrokerError('not-implemented', 'A link needs a source and a target. Transactions are not served here.');
  for (const { address, dynamic } of [source, target] as Terminus[]) {
    if (dynamic) throw new BrokerError('not-implemented', 'Nodes are not made on demand: name a queue, topic or hub.');
    if (address !== undefined && address !== null && typeof address !== 'string')
      throw new BrokerError('invalid-argument', 'The address of a link must be a string.');
  }
}

/** rhea hands over null with its type. */
function isMissing(terminus: unknown): boolean {
  return !terminus || (terminus as { readonly value?: unknown }).value === null;
}

/** Some clients put scheme and host in front. */
export function parseAddress(address: string | undefined): Address {
  const path = (address ?? '').replace(/^[a-z]+:\/\/[^/]*\//i, '').replace(/^\/+|\/+$/g, '');
  const lower = path.toLowerCase();
  if (lower === '$cbs') return { kind: 'cbs' };
  // Event Hubs has one for all hubs: the request says which.
  if (lower === managementSuffix.slice(1)) return { kind: 'management', path: '' };
  if (lower.endsWith(managementSuffix)) return { kind: 'management', path: path.slice(0, -managementSuffix.length) };
  return { kind: 'entity', path };
}

export function parsePublisherPath(path: string): PublisherAddress | undefined {
  const [, hub, partitionId] = publisherPath.exec(path) ?? [];
  return hub === undefined ? undefined : { hub, partitionId };
}

export function parseConsumerPath(path: string): ConsumerAddress | undefined {
  const [, hub, group, partitionId] = consumerPath.exec(path) ?? [];
  if (hub === undefined || group === undefined || partitionId === undefined) return undefined;
  return { hub, group, partitionId };
}
