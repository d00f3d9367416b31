import { tableDailySales } from '../../shared/adapters/tables/daily-sales.ts';
import { tableOrderIds } from '../../shared/adapters/tables/order-ids.ts';
import { tableOrdersByCustomer } from '../../shared/adapters/tables/orders-by-customer.ts';
import { tableProjections } from '../../shared/adapters/tables/projections.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tables } from '../../shared/kernel/topology.ts';

export const projections = tableProjections(table(tables.projections));
export const ordersByCustomer = tableOrdersByCustomer(table(tables.ordersByCustomer));
export const dailySales = tableDailySales(table(tables.dailySales));
export const orderIds = tableOrderIds(table(tables.orders));
