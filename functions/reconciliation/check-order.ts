// One order against the provider's ledger and the stock. The order is read first: what goes on meanwhile is then no difference.
import { bySku, releaseItems, sellItems } from '../../shared/inventory/reserve-items.ts';
import type { StockStore } from '../../shared/inventory/stock-store.ts';
import type { Order } from '../../shared/orders/order.ts';
import { loadHistory } from '../../shared/orders/order-history.ts';
import { planOrderCheck } from '../../shared/reconciliation/plan-order-check.ts';
import { raiseDifference, settlePayment, type Settled, type SettlePorts } from '../payments/settle-payment.ts';

export interface CheckPorts extends SettlePorts {
  readonly stock: StockStore;
  /** Whether there was none. */
  readonly startSaga: (orderId: string) => Promise<boolean>;
}

export type Checked = Settled | 'saga-started' | 'released' | 'sold';

/** What was found out or mended, most of the time nothing. */
export async function checkOrder(ports: CheckPorts, orderId: string, nowMs: number): Promise<Checked[]> {
  const order = (await loadHistory(ports.orderChanges.orders, orderId))?.order;
  if (order === undefined) return [];
  switch (planOrderCheck(order, nowMs)) {
    case 'leave':
      return [];
    case 'start-saga':
      return (await ports.startSaga(orderId)) ? ['saga-started'] : [];
    case 'stuck': {
      if (await ports.startSaga(orderId)) return ['saga-started'];
      const detail = `The order is ${order.status} since ${order.updatedAt}, and its saga does not go on`;
      await raiseDifference(ports, orderId, 'stuck', detail);
      return ['task-raised'];
    }
    case 'completed':
      return [...(await checkPaid(ports, order)), ...(await checkSold(ports, order))];
    case 'cancelled':
      return await checkReleased(ports, order);
  }
}

async function checkPaid(ports: CheckPorts, { orderId, payment }: Order): Promise<Checked[]> {
  const { paymentId } = payment;
  if (paymentId !== undefined && (await ports.payments.get(paymentId)) !== undefined) {
    const settled = await settlePayment(ports, { orderId, paymentId });
    return settled === 'agreed' ? [] : [settled];
  }
  const detail = `The order is completed, and the provider knows no payment ${paymentId ?? 'of it'}`;
  await raiseDifference(ports, orderId, 'completed-without-payment', detail);
  return ['task-raised'];
}

async function checkSold(ports: CheckPorts, { orderId, items }: Order): Promise<Checked[]> {
  const before = await reservationsOf(ports.stock, orderId, items);
  if (before.every((status) => status === 'sold')) return [];
  if ((await sellItems(ports.stock, orderId, items)) === 'sold') return ['sold'];
  await raiseDifference(
    ports,
    orderId,
    'completed-without-stock',
    'The order is completed, and its units were given back',
  );
  return ['task-raised'];
}

async function checkReleased(ports: CheckPorts, { orderId, items }: Order): Promise<Checked[]> {
  const before = await reservationsOf(ports.stock, orderId, items);
  const checked: Checked[] = [];
  if (before.includes('held')) {
    await releaseItems(ports.stock, orderId, items);
    checked.push('released');
  }
  if (before.includes('sold')) {
    await raiseDifference(ports, orderId, 'cancelled-but-sold', 'The order is cancelled, and its units count as sold');
    checked.push('task-raised');
  }
  return checked;
}

/** Read only: a decision without a next state stores nothing. */
const reservationsOf = (stock: StockStore, orderId: string, items: Order['items']) =>
  Promise.all(
    bySku(items).map(({ sku }) => stock.change(sku, orderId, ({ reservation }) => ({ outcome: reservation?.status }))),
  );
