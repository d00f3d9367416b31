import type { TableClient, TransactionAction } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import { forEachAtOnce } from '../../kernel/for-each-at-once.ts';
import type { Currency } from '../../kernel/money.ts';
import type { OrderStatus } from '../../orders/order.ts';
import type { OrderSummary, OrdersByCustomer } from '../../orders/orders-by-customer.ts';
import { orUndefined, unlessStatus } from '../storage-errors.ts';
import { partitionOf } from './generation.ts';
import { tablePage } from './page.ts';

interface SummaryRow {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly createdAt: string;
  readonly version: number;
}

/** Inverted time: the newest order has the smallest key. */
const keyOf = ({ createdAt, orderId }: OrderSummary): string =>
  `${String(9_999_999_999_999 - Date.parse(createdAt)).padStart(13, '0')}-${orderId}`;

const attempts = 8;
const customersAtOnce = 16;
/** Rows of one batch at the most [Table service limits]. */
const batchLimit = 100;

export function tableOrdersByCustomer(table: TableClient): OrdersByCustomer {
  return {
    put: async (generation, summaries) => {
      const byCustomer = Map.groupBy(summaries, ({ customerId }) => customerId);
      await forEachAtOnce(byCustomer, customersAtOnce, async ([customerId, ofCustomer]) => {
        for (let first = 0; first < ofCustomer.length; first += batchLimit) {
          await putAll(table, partitionOf(generation, customerId), ofCustomer.slice(first, first + batchLimit));
        }
      });
    },
    list: (generation, customerId, page) => list(table, partitionOf(generation, customerId), customerId, page),
  };
}

async function putAll(table: TableClient, partitionKey: string, summaries: readonly OrderSummary[]): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const actions = await Promise.all(summaries.map((summary) => toAction(table, partitionKey, summary)));
    const needed = actions.filter((action) => action !== undefined);
    if (needed.length === 0 || (await unlessStatus([409, 412], () => table.submitTransaction(needed)))) return;
  }
  throw new AppError('concurrent-change', `Rows of ${partitionKey} are being changed by others`);
}

/** Undefined where the row has seen this version. */
async function toAction(
  table: TableClient,
  partitionKey: string,
  summary: OrderSummary,
): Promise<TransactionAction | undefined> {
  const { customerId: _, total, ...rest } = summary;
  const row = { partitionKey, rowKey: keyOf(summary), ...rest, ...total };
  const seen = await orUndefined(() => table.getEntity<SummaryRow>(partitionKey, row.rowKey));
  if (seen === undefined) return ['create', row];
  return seen.version >= summary.version ? undefined : ['update', row, 'Replace', { etag: seen.etag }];
}

/** The continuation is the last row's key, which is the same in every generation. */
const continuationPattern = /^\d{13}-[\da-f-]{36}$/;

async function list(
  table: TableClient,
  partitionKey: string,
  customerId: string,
  { limit, continuation }: { readonly limit: number; readonly continuation?: string | undefined },
): Promise<{ readonly items: readonly OrderSummary[]; readonly continuation?: string }> {
  if (continuation !== undefined && !continuationPattern.test(continuation)) {
    const detail = 'not a continuation that a page before gave out';
    const errors = [{ pointer: 'continuation', code: 'invalid_format', detail }];
    throw new AppError('invalid-request', `The continuation is ${detail}`, { errors });
  }
  const after = continuation === undefined ? '' : ` and RowKey gt '${continuation}'`;
  const filter = `PartitionKey eq '${partitionKey.replaceAll("'", "''")}'${after}`;
  const { rows, continuation: more } = await tablePage<SummaryRow>(table, filter, { limit });
  const items = rows.map(({ orderId, status, amountMinor, currency, createdAt, version }) => ({
    orderId,
    customerId,
    status,
    total: { amountMinor, currency },
    createdAt,
    version,
  }));
  const last = rows.at(-1)?.rowKey;
  return { items, ...(more === undefined || last === undefined ? {} : { continuation: last }) };
}
