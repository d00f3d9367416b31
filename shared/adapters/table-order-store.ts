// The event store on Table Storage: a partition an order, a row an event, and the outbox rows of the same batch beside them.
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { checkIn, type ClaimStore } from '../kernel/claim-check.ts';
import type { OrderEvent, StoredOrderEvent } from '../orders/events.ts';
import type { OrderStore, OrderStream } from '../orders/order-store.ts';
import { outboxEntity } from './table-outbox.ts';
import { unlessStatus, withStorage } from './storage-errors.ts';

interface EventRow {
  readonly rowKey: string;
  readonly type: string;
  readonly eventId: string;
  readonly at: string;
  readonly data: string;
  readonly requestHash?: string;
}

/** Ten digits keep the rows in the order of their versions. */
const eventKey = (version: number): string => `event-${String(version).padStart(10, '0')}`;

/** A property holds 64 KiB [Table service limits]: what is too large for one is checked in before the batch. */
export function tableOrderStore(table: TableClient, claims: ClaimStore): OrderStore {
  return {
    load: (orderId) => withStorage(() => load(table, orderId)),
    append: async (orderId, expectedVersion, { events, at, outbox, requestHash }) => {
      const rows = events.map(({ event, eventId }, index) => ({
        partitionKey: orderId,
        rowKey: eventKey(expectedVersion + 1 + index),
        type: event.type,
        eventId,
        at,
        data: JSON.stringify(event.data),
        ...(requestHash !== undefined && index === 0 ? { requestHash } : {}),
      }));
      const messages = await Promise.all(
        outbox.map(async (message, index) => {
          const body = await checkIn(message.body, claims);
          return outboxEntity(orderId, expectedVersion + 1, index, at, { ...message, body });
        }),
      );
      const batch = [...rows, ...messages].map((row): TransactionAction => ['create', row]);
      return await unlessStatus([409], () => table.submitTransaction(batch));
    },
  };
}

async function load(table: TableClient, orderId: string): Promise<OrderStream> {
  const filter = `PartitionKey eq '${orderId.replaceAll("'", "''")}' and RowKey ge 'event-' and RowKey lt 'event.'`;
  const events: StoredOrderEvent[] = [];
  let requestHash: string | undefined;
  for await (const row of table.listEntities<EventRow>({ queryOptions: { filter } })) {
    requestHash ??= row.requestHash;
    const event = { type: row.type, data: JSON.parse(row.data) } as OrderEvent;
    events.push({ ...event, version: Number(row.rowKey.slice('event-'.length)), eventId: row.eventId, at: row.at });
  }
  return { events, ...(requestHash === undefined ? {} : { requestHash }) };
}
