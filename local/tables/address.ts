// What an address names, below http://host/devstoreaccount1: the tables, one table, its entities, one entity, a batch.
import { TableError } from './table-error.ts';

type Resource =
  | { readonly kind: 'service' | 'tables' | 'batch' }
  | { readonly kind: 'table' | 'entities'; readonly table: string }
  | { readonly kind: 'entity'; readonly table: string; readonly partitionKey: string; readonly rowKey: string };

export interface Address {
  /** As it was sent, percent-encoded, without origin and query. */
  readonly path: string;
  readonly account: string;
  readonly resource: Resource;
  readonly query: URLSearchParams;
}

const QUOTED = "'((?:[^']|'')*)'";
const ENTITY = new RegExp(`^(\\w+)\\(PartitionKey=${QUOTED}, ?RowKey=${QUOTED}\\)$`, 's');
const TABLE = new RegExp(`^Tables\\(${QUOTED}\\)$`);
const ENTITIES = /^(\w+)(?:\(\))?$/;

/** Takes a path, or a whole address as batches have them. @throws {TableError} InvalidInput, ResourceNotFound */
export function parseAddress(target: string): Address {
  const withoutOrigin = target.replace(/^https?:\/\/[^/?]*/i, '');
  const [rawPath = '', ...queries] = withoutOrigin.split('?');
  const [, account = '', path = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodePath(rawPath)) ?? [];
  return { path: rawPath, account, resource: parseResource(path), query: new URLSearchParams(queries.join('?')) };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new TableError('InvalidInput', 'The address is not percent-encoded UTF-8.', { cause });
  }
}

function parseResource(path: string): Resource {
  if (path === '') return { kind: 'service' };
  if (path === '$batch') return { kind: 'batch' };
  if (/^Tables(?:\(\))?$/.test(path)) return { kind: 'tables' };
  const table = TABLE.exec(path)?.[1];
  if (table !== undefined) return { kind: 'table', table };
  const [, ofEntity, partitionKey = '', rowKey = ''] = ENTITY.exec(path) ?? [];
  if (ofEntity !== undefined)
    return { kind: 'entity', table: ofEntity, partitionKey: unquote(partitionKey), rowKey: unquote(rowKey) };
  const ofEntities = ENTITIES.exec(path)?.[1];
  if (ofEntities !== undefined) return { kind: 'entities', table: ofEntities };
  throw new TableError('InvalidInput', `Nothing has the address '${path}'.`);
}

function unquote(text: string): string {
  return text.replaceAll("''", "'");
}
