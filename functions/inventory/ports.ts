import { setTimeout as wait } from 'node:timers/promises';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tables } from '../../shared/kernel/topology.ts';

export const stock = tableStockStore(table(tables.stock), Math.random, wait);
