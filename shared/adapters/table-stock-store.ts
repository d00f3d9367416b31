// Counter and reservations of a SKU share its partition, so that one batch changes both.
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { Reservation, StockLevel, StockState } from '../inventory/stock.ts';
import type { StockStore } from '../inventory/stock-store.ts';
import { AppError } from '../kernel/errors.ts';
import { orUndefined, unlessStatus } from './storage-errors.ts';

interface LevelRow {
  readonly onHand: number;
  readonly reserved: number;
}

const levelKey = 'level';
const reservationKey = (orderId: string): string => `reservation-${orderId}`;
const attempts = 20;

export function tableStockStore(
  table: TableClient,
  jitter: () => number,
  wait: (ms: number) => Promise<void>,
): StockStore {
  return {
    level: async (sku) => {
      const row = await orUndefined(() => table.getEntity<LevelRow>(sku, levelKey));
      return row && { sku, onHand: row.onHand, reserved: row.reserved };
    },
    change: async (sku, orderId, decide) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const { state, etags } = await read(table, sku, orderId);
        const { outcome, next } = decide(state);
        if (next === undefined) return outcome;
        const batch = actions(next, etags);
        if (await unlessStatus([404, 409, 412], () => table.submitTransaction(batch))) return outcome;
        await wait(jitter() * 10 * attempt);
      }
      throw new AppError('concurrent-change', `The stock of ${sku} is in too much demand; try again`, {
        retryAfterMs: 500,
      });
    },
    addIfAbsent: async ({ sku, onHand, reserved }: StockLevel) => {
      await unlessStatus([409], () => table.createEntity({ partitionKey: sku, rowKey: levelKey, onHand, reserved }));
    },
  };
}

interface Etags {
  readonly level: string;
  readonly reservation?: string;
}

async function read(table: TableClient, sku: string, orderId: string): Promise<{ state: StockState; etags: Etags }> {
  const [level, reservation] = await Promise.all([
    orUndefined(() => table.getEntity<LevelRow>(sku, levelKey)),
    orUndefined(() => table.getEntity<Omit<Reservation, 'orderId'>>(sku, reservationKey(orderId))),
  ]);
  if (level === undefined) throw new AppError('product-not-found', `${sku} has no stock record`);
  return {
    state: {
      level: { sku, onHand: level.onHand, reserved: level.reserved },
      reservation: reservation && { orderId, quantity: reservation.quantity, status: reservation.status },
    },
    etags: { level: level.etag, ...(reservation === undefined ? {} : { reservation: reservation.etag }) },
  };
}

function actions(
  { level, reservation }: StockState & { readonly reservation: Reservation },
  etags: Etags,
): TransactionAction[] {
  const { sku, onHand, reserved } = level;
  const { orderId, quantity, status } = reservation;
  const levelRow = { partitionKey: sku, rowKey: levelKey, onHand, reserved };
  const reservationRow = { partitionKey: sku, rowKey: reservationKey(orderId), quantity, status };
  return [
    ['update', levelRow, 'Replace', { etag: etags.level }],
    etags.reservation === undefined
      ? ['create', reservationRow]
      : ['update', reservationRow, 'Replace', { etag: etags.reservation }],
  ];
}
