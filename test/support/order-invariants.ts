// What must hold when every order has ended, whatever happened on the way.
import { expect } from 'vitest';
import type { apiClient, LedgerRow, OrderView } from './api-client.ts';
import { waitFor } from './wait-for.ts';

type Api = ReturnType<typeof apiClient>;

/** Waits until each order has ended; completed ones were charged once, the others net nothing; each completed one has one mail. */
export async function expectMoneyAddsUp(api: Api, orderIds: readonly string[]): Promise<readonly OrderView[]> {
  const orders: OrderView[] = [];
  for (const orderId of orderIds) orders.push(await api.settled(orderId, 120_000));
  const ledger = Map.groupBy(await api.payments(), ({ orderId }) => orderId);
  const netOf = (rows: readonly LedgerRow[]): number =>
    rows.reduce((sum, row) => sum + row.capturedMinor - row.refundedMinor, 0);
  for (const { orderId, status, total } of orders) {
    const rows = ledger.get(orderId) ?? [];
    expect({ orderId, status, payments: rows.length, net: netOf(rows) }).toEqual({
      orderId,
      status,
      payments: status === 'completed' ? 1 : expect.any(Number),
      net: status === 'completed' ? total.amountMinor : 0,
    });
  }
  for (const { orderId } of orders.filter(({ status }) => status === 'completed')) {
    const mails = await waitFor(
      `the mail of ${orderId}`,
      async () => {
        const sent = await api.mails(orderId);
        return sent.length > 0 && sent;
      },
      { timeoutMs: 60_000 },
    );
    expect(mails).toHaveLength(1);
  }
  return orders;
}
