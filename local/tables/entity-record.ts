// How an entity stands in the store: its key keeps the order of (PartitionKey, RowKey), its value is JSON.
import type { EdmValue } from './edm.ts';
import type { Entity } from './entity.ts';

/** Between the keys; lower than any character a key may hold, so that a partition is one unbroken range. */
export const SEPARATOR = '\u0001';
/** Closes a range that ends with a partition or row: higher than the separator, lower than any character of a key. */
export const AFTER = '\u0002';

export function recordKey(partitionKey: string, rowKey: string): string {
  return `${partitionKey}${SEPARATOR}${rowKey}`;
}

const decoder = new TextDecoder();

interface EntityRecord {
  readonly keys: readonly [partitionKey: string, rowKey: string];
  readonly timestamp: string;
  readonly properties: readonly (readonly [name: string, value: EdmValue])[];
}

export function encodeEntity({ partitionKey, rowKey, timestamp, properties }: Entity): Uint8Array {
  const record: EntityRecord = { keys: [partitionKey, rowKey], timestamp, properties: [...properties] };
  return Buffer.from(JSON.stringify(record));
}

export function decodeEntity(bytes: Uint8Array): Entity {
  const { keys, timestamp, properties } = JSON.parse(decoder.decode(bytes)) as EntityRecord;
  return { partitionKey: keys[0], rowKey: keys[1], timestamp, properties: new Map(properties) };
}
