// What a link's address names: an entity, its $management node, or $cbs. Of an event hub, also the partition and the group.

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
