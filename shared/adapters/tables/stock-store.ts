// Counter and reservations of a SKU share its partition, so that one batch changes them all. Everybody who wants the same ticket
// meets in that partition: what one process is asked for meanwhile goes in one batch, several processes take turns by ETag.
import type { TableClient } from '@azure/data-tables';
import {
  applyChanges,
  newLevel,
  recount,
  type Reservation,
  type Shelf,
  type StockChange,
} from '../../inventory/stock.ts';
import type { StockStore } from '../../inventory/stock-store.ts';
import { AppError } from '../../kernel/errors.ts';
import { gatherByKey } from '../gather-by-key.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import {
  changesAtOnce,
  expiredFilter,
  levelEntity,
  levelKey,
  type LevelRow,
  orderOfHold,
  orderOfReservation,
  reservationKey,
  type ReservationRow,
  reservationsFilter,
  shelfActions,
  toLevel,
  toReservation,
} from './stock-rows.ts';

const attempts = 20;

export function tableStockStore(
  table: TableClient,
  jitter: () => number,
  wait: (ms: number) => Promise<void>,
): StockStore {
  const together = gatherByKey(changesAtOnce, async (sku, changes: readonly StockChange[]) => {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const { shelf, etag } = await readShelf(table, sku, new Set(changes.map(({ orderId }) => orderId)));
      const batch = shelfActions(shelf, applyChanges(shelf, changes), etag);
      if (batch.length === 0) return;
      if (await unlessStatus([404, 409, 412], () => table.submitTransaction(batch))) return;
      await wait(jitter() * 10 * attempt);
    }
    throw new AppError('concurrent-change', `The stock of ${sku} is in too much demand; try again`, {
      retryAfterMs: 500,
    });
  });
  return {
    level: async (sku) => {
      const row = await orUndefined(() => table.getEntity<LevelRow>(sku, levelKey));
      return row && toLevel(sku, row);
    },
    change: async (sku, orderId, decide) => {
      let decision: ReturnType<typeof decide> | undefined;
      await together(sku, { orderId, decide: (state) => (decision = decide(state)).next });
      if (decision === undefined) throw new TypeError(`a change of ${sku} was not decided`);
      return decision.outcome;
    },
    addIfAbsent: async (sku, units) => {
      await unlessStatus([409], () => table.createEntity(levelEntity(newLevel(sku, units))));
    },
    reservations: (sku) => reservations(table, sku),
    expired: (sku, now) => expired(table, sku, now),
    mend: (sku) => mend(table, sku),
  };
}

async function readShelf(
  table: TableClient,
  sku: string,
  orderIds: ReadonlySet<string>,
): Promise<{ readonly shelf: Shelf; readonly etag: string }> {
  const [level, ...rows] = await Promise.all([
    orUndefined(() => table.getEntity<LevelRow>(sku, levelKey)),
    ...Array.from(orderIds, (orderId) =>
      orUndefined(() => table.getEntity<ReservationRow>(sku, reservationKey(orderId))),
    ),
  ]);
  if (level === undefined) throw new AppError('product-not-found', `${sku} has no stock record`);
  const found = rows
    .filter((row) => row !== undefined)
    .map((row) => toReservation(orderOfReservation(row.rowKey ?? ''), row));
  return {
    shelf: { level: toLevel(sku, level), reservations: new Map(found.map((each) => [each.orderId, each])) },
    etag: level.etag,
  };
}

async function* reservations(table: TableClient, sku: string): AsyncGenerator<Reservation> {
  for await (const page of pagesOf<ReservationRow>(table, reservationsFilter(sku))) {
    for (const row of page) yield toReservation(orderOfReservation(row.rowKey ?? ''), row);
  }
}

async function* expired(table: TableClient, sku: string, now: number): AsyncGenerator<string> {
  for await (const page of pagesOf(table, expiredFilter(sku, now))) {
    for (const { rowKey = '' } of page) yield orderOfHold(rowKey);
  }
}

/** @throws AppError storage-unavailable */
async function* pagesOf<Row extends object>(table: TableClient, filter: string) {
  const pages = table.listEntities<Row>({ queryOptions: { filter } }).byPage()[Symbol.asyncIterator]();
  for (;;) {
    const next = await withStorage(() => pages.next());
    if (next.done === true) return;
    yield next.value;
  }
}

/** Every batch writes the level: while its ETag is the same, what was counted still holds. */
async function mend(table: TableClient, sku: string): ReturnType<StockStore['mend']> {
  const row = await orUndefined(() => table.getEntity<LevelRow>(sku, levelKey));
  if (row === undefined) return undefined;
  const before = toLevel(sku, row);
  const after = await recount(before, reservations(table, sku));
  if (after.onHand === before.onHand && after.reserved === before.reserved) return undefined;
  const { etag } = row;
  const isWritten = await unlessStatus([404, 412], () => table.updateEntity(levelEntity(after), 'Replace', { etag }));
  return isWritten ? { before, after } : undefined;
}
