import { odata, type TableClient } from '@azure/data-tables';
import type { Contact, ContactStore } from '../../contacts/contact.ts';
import { orUndefined, unlessStatus } from '../storage-errors.ts';
import { tableRows } from './page.ts';

/** A partition a customer. */
export function tableContactStore(table: TableClient): ContactStore {
  return {
    get: async (customerId, contactId) => {
      const row = await orUndefined(() => table.getEntity<Contact>(customerId, contactId));
      return row && toContact(row, customerId, contactId);
    },
    addIfAbsent: async ({ customerId, contactId, ...details }) => {
      await unlessStatus([409], () => table.createEntity({ partitionKey: customerId, rowKey: contactId, ...details }));
    },
    async *of(customerId) {
      const rows = tableRows<Contact>(table, odata`PartitionKey eq ${customerId}`);
      for await (const row of rows) yield toContact(row, customerId, row.rowKey ?? '');
    },
    remove: async (customerId, contactId) => {
      await unlessStatus([404], () => table.deleteEntity(customerId, contactId));
    },
  };
}

const toContact = (row: Contact, customerId: string, contactId: string): Contact => ({
  customerId,
  contactId,
  ...(row.orderId === undefined ? {} : { orderId: row.orderId }),
  name: row.name,
  email: row.email,
  line1: row.line1,
  city: row.city,
  postalCode: row.postalCode,
  country: row.country,
});
