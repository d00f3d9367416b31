import { tableContactStore } from '../../shared/adapters/tables/contact-store.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tables } from '../../shared/kernel/topology.ts';

export const contacts = tableContactStore(table(tables.contacts));
