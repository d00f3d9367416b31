// Entities in requests and answers: OData's JSON with no, minimal or full metadata.
// https://learn.microsoft.com/rest/api/storageservices/payload-format-for-table-service-operations
import { type EdmValue, parseEdmValue, WrittenAsDouble } from './edm.ts';
import { checkProperty, type Entity } from './entity.ts';
import { propertyOf } from './filter/filter.ts';
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
const SYSTEM_PROPERTIES = ['PartitionKey', 'RowKey', 'Timestamp'];
/** The types JSON itself tells apart. */
const UNANNOTATED = new Set(['Edm.String', 'Edm.Int32', 'Edm.Boolean', 'Edm.Double']);
/** A number with a fraction or exponent, or what looks like one. */
const FRACTION = /\d[.eE]/;
/** ECMAScript 2026, not in TypeScript's library yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (this: void, text: string) => unknown };
const JSON_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"\s*(:)?/g;

/** A property whose value is null is as if it were not there. @throws {TableError} */
export function readEntityBody(body: string): EntityBody {
  const json = parseObject(body, FRACTION.test(body) ? markFraction : undefined);
  const properties = new Map<string, EdmValue>();
  for (const [name, value] of Object.entries(json)) {
    if (name.includes('@') || name.startsWith('odata.') || value === null) continue;
    if (SYSTEM_PROPERTIES.includes(name)) continue;
    const typed = parseEdmValue(name, value, json[`${name}${TYPE_SUFFIX}`]);
    checkProperty(name, typed);
    properties.set(name, typed);
  }
  checkNamedOnce(body, json);
  return { properties, ...readKey(json, 'PartitionKey', 'partitionKey'), ...readKey(json, 'RowKey', 'rowKey') };
}

function readKey(json: Record<string, unknown>, name: string, as: 'partitionKey' | 'rowKey'): Record<string, string> {
  const value = json[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'string') throw new TableError('InvalidInput', `${name} must be a string.`);
  return { [as]: value };
}

/** Keeps what JSON.parse forgets: that a number was written as `1.0` or `1e3`. */
function markFraction(this: unknown, _name: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && /[.eE]/.test(context?.source ?? '') ? new WrittenAsDouble(value) : value;
}

/** JSON.parse keeps the last of two members of one name, so the names in the text are counted. */
function checkNamedOnce(body: string, json: Record<string, unknown>): void {
  let names = 0;
  for (const [, colon] of body.matchAll(JSON_STRING)) if (colon !== undefined) names += 1;
  if (names !== Object.keys(json).length) throw new TableError('DuplicatePropertiesSpecified');
}

type Reviver = (this: unknown, name: string, value: unknown) => unknown;

/** @throws {TableError} InvalidInput */
export function parseObject(body: string, reviver?: Reviver): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body, reviver);
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
  // Without a prototype, so that a property called __proto__ is one like any other.
  const json: Record<string, unknown> = Object.assign(Object.create(null), annotations(entity, metadata, place));
  const read = propertyOf(entity);
  for (const name of select ?? [...SYSTEM_PROPERTIES, ...entity.properties.keys()]) {
    const value = read(name);
    const isAnnotated = value && (name === 'Timestamp' ? metadata === 'fullmetadata' : !isPlain(value));
    if (isAnnotated && metadata !== 'nometadata') json[`${name}${TYPE_SUFFIX}`] = value.type;
    json[name] = name === 'Timestamp' ? entity.timestamp : shownValue(value);
  }
  return json;
}

function annotations(entity: Entity, metadata: Metadata, place: Place): Record<string, string> {
  if (metadata === 'nometadata') return {};
  const etag = etagOf(entity.timestamp);
  if (metadata === 'minimalmetadata') return { 'odata.etag': etag };
  const path = entityPath(place.table, entity.partitionKey, entity.rowKey);
  return {
    'odata.type': `${place.accountName}.${place.table}`,
    'odata.id': `${place.account}/${path}`,
    'odata.etag': etag,
    'odata.editLink': path,
  };
}

function shownValue(property: EdmValue | undefined): unknown {
  if (!property) return null;
  const { type, value } = property;
  if (type === 'Edm.DateTime') return shortTimestamp(value);
  const isWhole = type === 'Edm.Double' && Number.isInteger(value) && /^-?\d+$/.test(String(value));
  return isWhole ? rawJSON(`${value}.0`) : value;
}

function isPlain({ type, value }: EdmValue): boolean {
  return UNANNOTATED.has(type) && (type !== 'Edm.Double' || typeof value === 'number');
}
