import type { TableClient } from '@azure/data-tables';
import { AppError } from '../kernel/errors.ts';
import type { Currency } from '../kernel/money.ts';
import type { OrderStatus } from '../orders/order.ts';
import type { OrderSummary, OrdersByCustomer } from '../orders/orders-by-customer.ts';
import { orUndefined, unlessStatus } from './storage-errors.ts';
import { tablePage } from './table-page.ts';

interface SummaryRow {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly createdAt: string;
  readonly version: number;
}

/** Inverted time: the newest order has the smallest key. */
const rowKey = ({ createdAt, orderId }: OrderSummary): string =>
  `${String(9_999_999_999_999 - Date.parse(createdAt)).padStart(13, '0')}-${orderId}`;

const attempts = 8;

export function tableOrdersByCustomer(table: TableClient): OrdersByCustomer {
  return {
    put: async (summary) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        if (await putOnce(table, summary)) return;
      }
      throw new AppError('concurrent-change', `The row of order ${summary.orderId} is being changed by others`);
    },
    list: async (customerId, page) => {
      const filter = `PartitionKey eq '${customerId.replaceAll("'", "''")}'`;
      const { rows, continuation } = await tablePage<SummaryRow>(table, filter, page);
      const items = rows.map(({ orderId, status, amountMinor, currency, createdAt, version }) => ({
        orderId,
        customerId,
        status,
        total: { amountMinor, currency },
        createdAt,
        version,
      }));
      return { items, ...(continuation === undefined ? {} : { continuation }) };
    },
  };
}

/** False when another writer changed the row between reading and writing. */
async function putOnce(table: TableClient, summary: OrderSummary): Promise<boolean> {
  const { customerId, total, ...rest } = summary;
  const key = rowKey(summary);
  const row = { partitionKey: customerId, rowKey: key, ...rest, ...total };
  const seen = await orUndefined(() => table.getEntity<SummaryRow>(customerId, key));
  if (seen === undefined) return await unlessStatus([409], () => table.createEntity(row));
  if (seen.version >= summary.version) return true;
  return await unlessStatus([412], () => table.updateEntity(row, 'Replace', { etag: seen.etag }));
}
