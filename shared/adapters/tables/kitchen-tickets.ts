// Tickets in a partition a kitchen; the time of payment stands first in the key.
import type { TableClient } from '@azure/data-tables';
import type { KitchenTicket, KitchenTickets } from '../../orders/kitchen-tickets.ts';
import { unlessStatus, withStorage } from '../storage-errors.ts';
import { tablePage } from './page.ts';

const rowKey = ({ paidAt, orderId }: KitchenTicket): string => `${paidAt} ${orderId}`;

export function tableKitchenTickets(table: TableClient): KitchenTickets {
  return {
    put: async (storeId, ticket) => {
      await withStorage(() => table.upsertEntity({ partitionKey: storeId, rowKey: rowKey(ticket), ...ticket }));
    },
    remove: async (storeId, ticket) => {
      await unlessStatus([404], () => table.deleteEntity(storeId, rowKey(ticket)));
    },
    list: async (storeId, page) => {
      const filter = `PartitionKey eq '${storeId.replaceAll("'", "''")}'`;
      const { rows, continuation } = await tablePage<KitchenTicket>(table, filter, page);
      const items = rows.map(({ orderId, paidAt }) => ({ orderId, paidAt }));
      return { items, ...(continuation === undefined ? {} : { continuation }) };
    },
  };
}
