// A till's file of sales, and what it is asked for afterwards.
import { toServiceBusMessage } from '../../shared/adapters/messaging/service-bus-sender.ts';
import { toMessage } from '../../shared/contracts/contract.ts';
import { salesImport } from '../../shared/contracts/imports.ts';
import type { apiClient, SentMail } from './api-client.ts';
import type { LocalAzure } from './local-azure.ts';
import { validOrder } from './order-requests.ts';
import { busClient } from './order-status-asker.ts';
import { waitFor } from './wait-for.ts';

export type SalesFile = (typeof salesImport)['schema']['_output'];

/** A sale that can be placed. Of each customer there are ten. */
export function sale(n: number, changes: object = {}): object {
  const { currency: _, ...order } = validOrder();
  const items = [{ sku: 'PIZZA-MARGHERITA', quantity: 1 }];
  return { receipt: `R-${n}`, ...order, customerId: `till-customer-${Math.floor(n / 10)}`, items, ...changes };
}

export const salesFile = (fileId: string, sales: readonly unknown[]): SalesFile => ({
  tillId: 'till-3',
  fileId,
  currency: 'EUR',
  sales: [...sales],
});

/** Sends the file as a till does, small enough for a message. */
export async function sendSales(azure: LocalAzure, id: string, data: SalesFile): Promise<void> {
  const bus = busClient(azure);
  const message = toMessage(salesImport, { id, subject: data.fileId, time: new Date().toISOString(), data });
  try {
    await bus.createSender(message.destination).sendMessages(toServiceBusMessage(message));
  } finally {
    await bus.close();
  }
}

/** The summaries of a file, once there are so many. */
export const summaries = (api: ReturnType<typeof apiClient>, fileId: string, count = 1): Promise<readonly SentMail[]> =>
  waitFor(
    `${count} summaries of ${fileId}`,
    async () => {
      const mails = (await api.get<SentMail[]>('/local/mail')).filter(({ subject }) =>
        subject.includes(`file ${fileId}:`),
      );
      return mails.length >= count && mails;
    },
    { timeoutMs: 120_000, intervalMs: 250 },
  );

/** Ids of all orders of the file's customers, however far they are. */
export async function orderIdsOf(api: ReturnType<typeof apiClient>, customers: number): Promise<string[]> {
  const lists = await Promise.all(
    Array.from({ length: customers }, (_, n) =>
      api.get<{ items: { orderId: string }[] }>(`/api/v1/orders?customerId=till-customer-${n}&limit=200`),
    ),
  );
  return lists.flatMap(({ items }) => items.map(({ orderId }) => orderId));
}
