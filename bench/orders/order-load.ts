// Orders as fast as they are taken, each tenth request a repeat of one answered before, under its key; and the check that every
// order is there once.
import type { TableClient } from '@azure/data-tables';
import { validOrder } from '../../test/support/order-requests.ts';
import { type Loaded, sendLoad } from '../http-load.ts';

/** Every tenth request repeats the one so many before it, which is none of them. */
const repeatDistance = 101;

const repeatedBy = (n: number): number => (n % 10 === 9 && n >= repeatDistance ? n - repeatDistance : n);

/** An order of one product out of a hundred, so that nobody waits for the stock of another. */
export const orderOf = (run: string, n: number) =>
  validOrder({ customerId: `${run}-${n % 500}`, items: [{ sku: skuOf(n), quantity: 2 }] });

export const skus = 100;
export const skuOf = (n: number): string => `BENCH-${n % skus}`;

export interface PlacedOrders extends Loaded {
  /** Of each request, repeats included. */
  readonly orderIds: readonly string[];
}

/** @param run tells its keys from those of other runs */
export async function placeOrders(
  run: string,
  { port, requests, connections }: { readonly port: number; readonly requests: number; readonly connections: number },
): Promise<PlacedOrders> {
  const orderIds: string[] = [];
  const loaded = await sendLoad({
    port,
    requests,
    connections,
    requestOf: (n) => requestOf(run, repeatedBy(n)),
    check: (n, { status, body }) => {
      if (status !== 202) throw new Error(`request ${n} was answered with ${status}: ${body}`);
      orderIds[n] = (JSON.parse(body) as { orderId: string }).orderId;
    },
  });
  return { ...loaded, orderIds };
}

function requestOf(run: string, n: number): string {
  const body = JSON.stringify(orderOf(run, n));
  const head = `POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: ${run}-${n}\r\nContent-Length: ${Buffer.byteLength(body)}`;
  return `${head}\r\n\r\n${body}`;
}

/** @throws Error unless each repeat was answered as the first was, and nothing else was answered alike */
export function checkRepeats({ orderIds }: PlacedOrders): void {
  const firsts = orderIds.filter((_id, n) => repeatedBy(n) === n);
  const isAlike = orderIds.every((orderId, n) => orderId === orderIds[repeatedBy(n)]);
  if (!isAlike || new Set(firsts).size !== firsts.length) throw new Error('a repeat was not answered as the first');
}

/** @throws Error unless these are the orders of the table, each once */
export async function checkStored(table: TableClient, rowKey: string, orderIds: readonly string[]): Promise<void> {
  const stored = new Set<string>();
  const rows = table.listEntities({ queryOptions: { filter: `RowKey eq '${rowKey}'`, select: ['PartitionKey'] } });
  for await (const { partitionKey = '' } of rows) stored.add(partitionKey);
  const expected = new Set(orderIds);
  const missing = [...expected].filter((orderId) => !stored.has(orderId)).length;
  const surplus = [...stored].filter((orderId) => !expected.has(orderId)).length;
  if (missing > 0 || surplus > 0) throw new Error(`${missing} orders are not stored, ${surplus} were never answered`);
}
