import { tableProductStore } from '../../shared/adapters/tables/product-store.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tables } from '../../shared/kernel/topology.ts';

export const products = tableProductStore(table(tables.products));
