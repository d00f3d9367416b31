// What a link's address names: an entity, its $management node, or $cbs.

export type Address =
  | { readonly kind: 'cbs' }
  | { readonly kind: 'management'; readonly path: string }
  | { readonly kind: 'entity'; readonly path: string };

const managementSuffix = '/$management';

/** Some clients put scheme and host in front. */
export function parseAddress(address: string | undefined): Address {
  const path = (address ?? '').replace(/^[a-z]+:\/\/[^/]*\//i, '').replace(/^\/+|\/+$/g, '');
  const lower = path.toLowerCase();
  if (lower === '$cbs') return { kind: 'cbs' };
  if (lower.endsWith(managementSuffix)) return { kind: 'management', path: path.slice(0, -managementSuffix.length) };
  return { kind: 'entity', path };
}
