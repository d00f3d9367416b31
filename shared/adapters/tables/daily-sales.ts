// A partition a day: a row a line that was counted, and a row a product and currency with their sum. Both change in one batch, so
// what is counted is counted once.
import { setTimeout as wait } from 'node:timers/promises';
import type { TableClient, TableEntityResult, TransactionAction } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import { forEachAtOnce } from '../../kernel/for-each-at-once.ts';
import type { Currency } from '../../kernel/money.ts';
import type { DailySale, DailySales, SalesLine } from '../../sales/daily-sales.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import { partitionOf } from './generation.ts';

/** Money is text: a day's sum outgrows the 32 bits that a number of a row is taken for. */
interface SumRow {
  readonly sku: string;
  readonly units: number;
  readonly revenueMinor: string;
  readonly currency: Currency;
}

type LineRow = SumRow & { readonly version: number };

/** Each takes two rows at the most; a batch has 100 [Table service limits]. */
const linesAtOnce = 50;
const daysAtOnce = 8;
/** Every partition of the hub counts into the same sums. */
const attempts = 24;
const mostWaitMs = 50;

const lineKey = ({ sku, orderId }: SalesLine): string => `line|${sku}|${orderId}`;
const sumKey = ({ sku, currency }: Pick<SalesLine, 'sku' | 'currency'>): string => `sum|${sku}|${currency}`;

export function tableDailySales(table: TableClient): DailySales {
  return {
    put: async (generation, lines) => {
      const byDay = Map.groupBy(lines, ({ day }) => day);
      await forEachAtOnce(byDay, daysAtOnce, async ([day, ofDay]) => {
        for (let first = 0; first < ofDay.length; first += linesAtOnce)
          await putPatiently(table, partitionOf(generation, day), ofDay.slice(first, first + linesAtOnce));
      });
    },
    list: async (generation, days, sku) => {
      const byDay = new Map<string, readonly DailySale[]>();
      await forEachAtOnce(days, daysAtOnce, async (day) => {
        byDay.set(day, await listDay(table, generation, day, sku));
      });
      return days.flatMap((day) => byDay.get(day) ?? []);
    },
  };
}

async function putPatiently(table: TableClient, partitionKey: string, lines: readonly SalesLine[]): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const actions = await count(table, partitionKey, lines);
    if (actions.length === 0 || (await unlessStatus([409, 412], () => table.submitTransaction(actions)))) return;
    await wait(Math.random() * mostWaitMs);
  }
  throw new AppError('concurrent-change', `The sales of ${partitionKey} are being counted by others`);
}

/** The batch that counts what is not counted yet; empty where there is nothing. */
async function count(
  table: TableClient,
  partitionKey: string,
  lines: readonly SalesLine[],
): Promise<TransactionAction[]> {
  const rowOf = <Row extends object>(rowKey: string) => orUndefined(() => table.getEntity<Row>(partitionKey, rowKey));
  const put = (row: { readonly rowKey: string }, seen: TableEntityResult<object> | undefined): TransactionAction =>
    seen === undefined
      ? ['create', { partitionKey, ...row }]
      : ['update', { partitionKey, ...row }, 'Replace', { etag: seen.etag }];
  const seenLines = await Promise.all(lines.map((line) => rowOf<LineRow>(lineKey(line))));
  const fresh = lines
    .map((line, index) => ({ line, seen: seenLines[index] }))
    .filter(({ line, seen }) => seen === undefined || seen.version < line.version);
  const changed = fresh.filter(
    ({ line, seen }) => seen?.units !== line.units || Number(seen.revenueMinor) !== line.revenueMinor,
  );
  const sums = await Promise.all(
    [...Map.groupBy(changed, ({ line }) => sumKey(line))].map(async ([rowKey, added]) => {
      const seen = await rowOf<SumRow>(rowKey);
      return put({ rowKey, ...sumRow(seen, added) }, seen);
    }),
  );
  return [...changed.map(({ line, seen }) => put(lineRow(line), seen)), ...sums];
}

interface Counted {
  readonly line: SalesLine;
  readonly seen: LineRow | undefined;
}

/** The sum with what each line adds to what was counted of it before; the lines are of one product and currency. */
function sumRow(before: SumRow | undefined, added: readonly Counted[]): SumRow {
  const empty = { units: 0, revenueMinor: '0' };
  return added.reduce<SumRow>(
    (sum, { line: { sku, currency, units, revenueMinor }, seen = empty }) => ({
      sku,
      currency,
      units: sum.units + units - seen.units,
      revenueMinor: String(Number(sum.revenueMinor) + revenueMinor - Number(seen.revenueMinor)),
    }),
    { sku: '', currency: 'EUR', ...empty, ...before },
  );
}

function lineRow(line: SalesLine): LineRow & { readonly rowKey: string } {
  const { sku, units, revenueMinor, currency, version } = line;
  return { rowKey: lineKey(line), sku, units, revenueMinor: String(revenueMinor), currency, version };
}

async function listDay(
  table: TableClient,
  generation: string,
  day: string,
  sku: string | undefined,
): Promise<readonly DailySale[]> {
  const [first, beyond] = sku === undefined ? ['sum|', 'sum}'] : [`sum|${sku}|`, `sum|${sku}}`];
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const filter = `PartitionKey eq ${quoted(partitionOf(generation, day))} and RowKey ge ${quoted(first)} and RowKey lt ${quoted(beyond)}`;
  return await withStorage(async () => {
    const items: DailySale[] = [];
    for await (const row of table.listEntities<SumRow>({ queryOptions: { filter } })) {
      const revenue = { amountMinor: Number(row.revenueMinor), currency: row.currency };
      items.push({ day, sku: row.sku, units: row.units, revenue });
    }
    return items;
  });
}
