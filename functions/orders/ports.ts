// The event store with its outbox. The brokers' SDKs are loaded when there is something to publish.
import { claims } from '../../shared/adapters/blobs/claims.ts';
import { queueOutboxHints } from '../../shared/adapters/messaging/outbox-hints.ts';
import { outboxSender } from '../../shared/adapters/messaging/outbox-sender.ts';
import { publishBehind } from '../../shared/adapters/messaging/publish-behind.ts';
import { storageQueue } from '../../shared/adapters/messaging/storage-queue.ts';
import { tableOrderStore } from '../../shared/adapters/tables/order-store.ts';
import { tableOutbox } from '../../shared/adapters/tables/outbox.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { publishOutbox } from '../../shared/kernel/outbox.ts';
import { storageQueues, tables } from '../../shared/kernel/topology.ts';
import type { OrderChangePorts } from '../../shared/orders/append-events.ts';

const hints = queueOutboxHints(storageQueue(storageQueues.outboxHints));

export const outbox = tableOutbox(table(tables.orders));

export const orderChanges: OrderChangePorts = {
  orders: tableOrderStore(table(tables.orders), claims),
  leaveHint: (orderId) => hints.leave(orderId),
  publish: publishBehind(async (orderId, rows) => {
    try {
      const { failure } = await publishOutbox(outbox, outboxSender, orderId, Date.now(), rows);
      if (failure !== undefined) throw toAppError(failure);
    } catch (error) {
      console.warn(`outbox of order ${orderId} is left to its hint: ${toAppError(error).message}`);
    }
  }),
  now: Date.now,
};
