import type { TableClient } from '@azure/data-tables';
import type { Contact, ContactStore } from '../contacts/contact.ts';
import { orUndefined, unlessStatus } from './storage-errors.ts';

export function tableContactStore(table: TableClient): ContactStore {
  return {
    get: async (customerId, contactId) => {
      const row = await orUndefined(() => table.getEntity<Contact>(customerId, contactId));
      if (row === undefined) return undefined;
      const { name, email, line1, city, postalCode, country } = row;
      return { customerId, contactId, name, email, line1, city, postalCode, country };
    },
    addIfAbsent: async ({ customerId, contactId, ...details }) => {
      await unlessStatus([409], () => table.createEntity({ partitionKey: customerId, rowKey: contactId, ...details }));
    },
  };
}
