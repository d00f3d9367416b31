// Entities in requests and answers: OData's JSON with no, minimal or full metadata.
// https://learn.microsoft.com/rest/api/storageservices/payload-format-for-table-service-operations
import { type EdmValue, parseEdmValue } from './edm.ts';
import { checkProperty, type Entity } from './entity.ts';
import { TableError } from './table-error.ts';
import { etagOf, shortTimestamp } from './timestamp.ts';

export type Metadata = 'nometadata' | 'minimalmetadata' | 'fullmetadata';

/** Where an entity lives, for the addresses in an answer. */
export interface Place {
  /** `http://127.0.0.1:10002/devstoreaccount1` */
  readonly account: string;
  readonly accountName: string;
  readonly table: string;
}

export interface EntityBody {
  readonly partitionKey?: string;
  readonly rowKey?: string;
  readonly properties: ReadonlyMap<string, EdmValue>;
}

const TYPE_SUFFIX = '@odata.type';
/** The types JSON itself tells apart. */
const UNANNOTATED = new Set(['Edm.String', 'Edm.Int32', 'Edm.Boolean', 'Edm.Double']);

/** A property whose value is null is as if it were not there. @throws {TableError} */
export function readEntityBody(body: string): EntityBody {
  const json = parseObject(body);
  const properties = new Map<string, EdmValue>();
  for (const [name, value] of Object.entries(json)) {
    if (name.includes('@') || name.startsWith('odata.') || value === null) continue;
    if (name === 'PartitionKey' || name === 'RowKey' || name === 'Timestamp') continue;
    const typed = parseEdmValue(name, value, json[`${name}${TYPE_SUFFIX}`]);
    checkProperty(name, typed);
    properties.set(name, typed);
  }
  return { properties, ...readKey(json, 'PartitionKey', 'partitionKey'), ...readKey(json, 'RowKey', 'rowKey') };
}

function readKey(json: Record<string, unknown>, name: string, as: 'partitionKey' | 'rowKey'): Record<string, string> {
  const value = json[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'string') throw new TableError('InvalidInput', `${name} must be a string.`);
  return { [as]: value };
}

/** @throws {TableError} InvalidInput */
export function parseObject(body: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch (cause) {
    throw new TableError('InvalidInput', 'The body is not JSON.', { cause });
  }
  throw new TableError('InvalidInput', 'The body is not a JSON object.');
}

/** The address of an entity below its account: quotes doubled, all else percent-encoded. */
export function entityPath(table: string, partitionKey: string, rowKey: string): string {
  return `${table}(PartitionKey='${encodeKey(partitionKey)}',RowKey='${encodeKey(rowKey)}')`;
}

function encodeKey(key: string): string {
  return encodeURIComponent(key.replaceAll("'", "''"));
}

/** `select` leaves only those properties, and shows null for those that are not there. */
export function entityToJson(
  entity: Entity,
  metadata: Metadata,
  place: Place,
  select?: readonly string[],
): Record<string, unknown> {
  const all = new Map<string, [name: string, value: unknown][]>([
    ['PartitionKey', [['PartitionKey', entity.partitionKey]]],
    ['RowKey', [['RowKey', entity.rowKey]]],
    ['Timestamp', timestampToJson(entity.timestamp, metadata)],
  ]);
  for (const [name, value] of entity.properties) all.set(name, propertyToJson(name, value, metadata));
  const chosen = select ? select.map((name) => all.get(name) ?? [[name, null]]) : [...all.values()];
  return Object.fromEntries([...annotations(entity, metadata, place), ...chosen.flat()]);
}

function annotations(entity: Entity, metadata: Metadata, place: Place): [string, unknown][] {
  if (metadata === 'nometadata') return [];
  const etag: [string, unknown] = ['odata.etag', etagOf(entity.timestamp)];
  if (metadata === 'minimalmetadata') return [etag];
  const path = entityPath(place.table, entity.partitionKey, entity.rowKey);
  return [
    ['odata.type', `${place.accountName}.${place.table}`],
    ['odata.id', `${place.account}/${path}`],
    etag,
    ['odata.editLink', path],
  ];
}

function timestampToJson(timestamp: string, metadata: Metadata): [string, unknown][] {
  const type: [string, unknown] = [`Timestamp${TYPE_SUFFIX}`, 'Edm.DateTime'];
  return [...(metadata === 'fullmetadata' ? [type] : []), ['Timestamp', timestamp]];
}

function propertyToJson(name: string, value: EdmValue, metadata: Metadata): [string, unknown][] {
  const shown: [string, unknown] = [name, value.type === 'Edm.DateTime' ? shortTimestamp(value.value) : value.value];
  const isAnnotated = metadata !== 'nometadata' && !isPlain(value);
  return isAnnotated ? [[`${name}${TYPE_SUFFIX}`, value.type], shown] : [shown];
}

/**
 * Differs from Azure: a Double without a fraction carries its type in minimal metadata too, where Azure writes `1.0`.
 */
function isPlain(value: EdmValue): boolean {
  if (value.type === 'Edm.Double') return typeof value.value === 'number' && !Number.isInteger(value.value);
  return UNANNOTATED.has(value.type);
}
