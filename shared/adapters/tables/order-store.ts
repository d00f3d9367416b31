// The event store on Table Storage: a partition an order, a row an event, and beside them, of the same batch, the outbox's rows and
// the claim of the request. A snapshot stands in a row of its own, before the events.
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { checkIn, type ClaimStore } from '../../kernel/claim-check.ts';
import type { StoredOrderEvent } from '../../orders/events.ts';
import type { OrderStore, StoredClaim } from '../../orders/order-store.ts';
import { schemaVersionOf, toNewestEvent } from '../../orders/stored-event.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import { readSnapshot, snapshotEntity, snapshotKey } from './order-snapshot.ts';
import { outboxEntity, outboxRow } from './outbox.ts';

interface EventRow {
  readonly rowKey: string;
  readonly type: string;
  /** Of the fact; 1 where nothing is said. */
  readonly schemaVersion?: number;
  readonly eventId: string;
  readonly at: string;
  readonly data: string;
}

const lastVersion = 9_999_999_999;

/** Ten digits keep the rows in the order of their versions. */
const eventKey = (version: number): string => `event-${String(version).padStart(10, '0')}`;

const claimKey = (claimId: string): string => `key-${claimId}`;

/** Rows of one answer: an order without snapshot comes in one, a long one in bounded memory. */
const pageRows = 200;

/** A property holds 64 KiB [Table service limits]: what is too large for one is checked in before the batch. */
export function tableOrderStore(table: TableClient, claims: ClaimStore): OrderStore {
  const events: OrderStore['events'] = (orderId, { after = 0, upTo = lastVersion } = {}) =>
    toEvents(eventPages(table, orderId, eventKey(after + 1), eventKey(Math.min(upTo, lastVersion))));
  return {
    load: async (orderId) => {
      const pages = eventPages(table, orderId, snapshotKey, eventKey(lastVersion));
      const first = await pages.next();
      const rows = first.done === true ? [] : first.value;
      const snapshot = rows[0]?.rowKey === snapshotKey ? readSnapshot({ ...rows[0] }) : undefined;
      if (snapshot === undefined) return { events: toEvents(pages, rows) };
      return { snapshot, events: events(orderId, { after: snapshot.order.version }) };
    },
    events,
    findClaim: async (orderId, claimId) => {
      const row = await orUndefined(() => table.getEntity<StoredClaim>(orderId, claimKey(claimId)));
      return row && { requestHash: row.requestHash, version: row.version };
    },
    append: async (orderId, expectedVersion, batch) => {
      const rows = [...eventRows(orderId, expectedVersion, batch), ...claimRows(orderId, batch.claim)];
      const { outbox, at } = batch;
      const messages = await Promise.all(
        outbox.map(async (message, index) => {
          const body = await checkIn(message.body, claims);
          return outboxRow(expectedVersion + 1, index, at, { ...message, body });
        }),
      );
      const entities = [...rows, ...messages.map((message) => outboxEntity(orderId, message))];
      const creates = entities.map((entity): TransactionAction => ['create', entity]);
      return (await unlessStatus([409], () => table.submitTransaction(creates))) ? messages : undefined;
    },
    keepSnapshot: async (orderId, snapshot) => {
      const row = snapshotEntity(orderId, snapshot);
      if (row === undefined) return;
      try {
        await table.upsertEntity(row, 'Replace');
      } catch (error) {
        console.warn(`order ${orderId} goes without a snapshot of version ${snapshot.order.version}:`, error);
      }
    },
  };
}

type Batch = Parameters<OrderStore['append']>[2];

const eventRows = (partitionKey: string, expectedVersion: number, { events, at }: Batch) =>
  events.map(({ event: { type, data }, eventId }, index) => ({
    partitionKey,
    rowKey: eventKey(expectedVersion + 1 + index),
    type,
    schemaVersion: schemaVersionOf(type),
    eventId,
    at,
    data: JSON.stringify(data),
  }));

const claimRows = (partitionKey: string, claim: Batch['claim']) =>
  claim === undefined
    ? []
    : [{ partitionKey, rowKey: claimKey(claim.claimId), requestHash: claim.requestHash, version: claim.version }];

/** Rows of the partition from one key to another, both included. */
async function* eventPages(
  table: TableClient,
  orderId: string,
  from: string,
  to: string,
): AsyncGenerator<readonly EventRow[]> {
  const filter = odata`PartitionKey eq ${orderId} and RowKey ge ${from} and RowKey le ${to}`;
  const pages = table.listEntities<EventRow>({ queryOptions: { filter } }).byPage({ maxPageSize: pageRows });
  for (let page = await withStorage(() => pages.next()); page.done !== true; ) {
    yield page.value;
    page = await withStorage(() => pages.next());
  }
}

async function* toEvents(
  pages: AsyncIterable<readonly EventRow[]>,
  first: readonly EventRow[] = [],
): AsyncGenerator<StoredOrderEvent> {
  yield* first.flatMap(toEvent);
  for await (const rows of pages) yield* rows.flatMap(toEvent);
}

const toEvent = ({ rowKey, type, schemaVersion = 1, eventId, at, data }: EventRow): StoredOrderEvent[] =>
  rowKey === snapshotKey
    ? []
    : [
        {
          ...toNewestEvent(type, schemaVersion, JSON.parse(data)),
          version: Number(rowKey.slice('event-'.length)),
          eventId,
          at,
        },
      ];
