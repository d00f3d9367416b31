// Entities between the SDK's shape and the JSON an app sees: keys are PartitionKey and RowKey, values plain
// [Microsoft.Azure.WebJobs.Extensions.Tables: ConvertEntityToJObject, CreateTableEntityFromJObject].
import type { TableEntity, TableEntityResult } from '@azure/data-tables';
import { asRecord } from '../settings.ts';

export function toJson({ etag, partitionKey, rowKey, timestamp, ...properties }: TableEntityResult<object>): object {
  const plain = Object.entries(properties).map(([name, value]) => [name, plainValue(value)]);
  const keys = { 'odata.etag': etag, PartitionKey: partitionKey, RowKey: rowKey, Timestamp: timestamp };
  return { ...keys, ...Object.fromEntries(plain) };
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString();
  const { value: inner } = asRecord(value);
  return inner ?? value;
}

/** What the binding says where the entity does not. */
export interface EntityKeys {
  readonly partitionKey: string | undefined;
  readonly rowKey: string | undefined;
}

/** Whole numbers become Int64, as .NET reads JSON. @throws Error naming what a table does not take */
export function fromJson(entity: unknown, keys: EntityKeys): TableEntity {
  if (typeof entity !== 'object' || entity === null || Array.isArray(entity))
    throw new Error('A table output takes an entity, or an array of entities: JSON objects.');
  const named: Record<string, string | undefined> = { partitionkey: keys.partitionKey, rowkey: keys.rowKey };
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (Object.hasOwn(named, name.toLowerCase())) named[name.toLowerCase()] = String(value);
    else if (value !== null) properties[name] = typed(name, value);
  }
  const { partitionkey: partitionKey, rowkey: rowKey } = named;
  if (partitionKey === undefined || rowKey === undefined)
    throw new Error('An entity needs a PartitionKey and a RowKey, of its own or by the binding.');
  return { ...properties, partitionKey, rowKey };
}

function typed(name: string, value: unknown): unknown {
  if (typeof value === 'object')
    throw new Error(
      `The property '${name}' of an entity is an object or array: a table takes text, numbers and booleans.`,
    );
  if (typeof value === 'number')
    return { type: Number.isSafeInteger(value) ? 'Int64' : 'Double', value: String(value) };
  return value;
}
