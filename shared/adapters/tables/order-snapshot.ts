// A snapshot of an order as a row: JSON, packed, in properties of 64 KiB each [Table service limits].
import { gunzipSync, gzipSync } from 'node:zlib';
import type { TableEntity } from '@azure/data-tables';
import { orderForm } from '../../orders/order.ts';
import type { OrderSnapshot } from '../../orders/order-store.ts';

/** Before every event of its partition, so that one query finds both. */
export const snapshotKey = 'a-snapshot';

const partBytes = 64 * 1024;
/** A row holds 1 MiB. */
const partLimit = 15;

/** Undefined for an order that is too large: it is read from its events. */
export function snapshotEntity(orderId: string, snapshot: OrderSnapshot): TableEntity | undefined {
  const packed = gzipSync(JSON.stringify(snapshot));
  const parts = Math.ceil(packed.length / partBytes);
  if (parts > partLimit) return undefined;
  const properties = Array.from({ length: parts }, (_, index) => [
    `part${index}`,
    new Uint8Array(packed.subarray(index * partBytes, (index + 1) * partBytes)),
  ]);
  return { partitionKey: orderId, rowKey: snapshotKey, form: orderForm, parts, ...Object.fromEntries(properties) };
}

/** Undefined for a snapshot of another form of order, or one that is damaged: the events tell the same. */
export function readSnapshot(row: Readonly<Record<string, unknown>>): OrderSnapshot | undefined {
  if (row['form'] !== orderForm) return undefined;
  try {
    const parts = Array.from({ length: Number(row['parts']) }, (_, index) => row[`part${index}`] as Uint8Array);
    return JSON.parse(gunzipSync(Buffer.concat(parts)).toString()) as OrderSnapshot;
  } catch {
    return undefined;
  }
}
