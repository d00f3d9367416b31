// One payment against its order: money of an order that takes no goods goes back and the order records it; what only a person can
// decide becomes an operator task. May be done again and again, by webhooks and by reconciliation.
import { isUuid } from '../../shared/kernel/ids.ts';
import type { TaskWish } from '../../shared/operations/operator-task.ts';
import { appendEvents, type OrderChangePorts } from '../../shared/orders/append-events.ts';
import type { Order } from '../../shared/orders/order.ts';
import { loadHistory } from '../../shared/orders/order-history.ts';
import { moneyLeft, type Payment } from '../../shared/payments/payment.ts';
import type { PaymentHint, PaymentProvider } from '../../shared/payments/payment-provider.ts';
import { type Difference, hasEnded, judgePayment } from '../../shared/reconciliation/judge-payment.ts';

export interface SettlePorts {
  readonly orderChanges: OrderChangePorts;
  readonly payments: PaymentProvider;
  /** The same wish twice is one task. */
  readonly raiseTask: (wish: TaskWish) => Promise<void>;
}

export type Settled = 'agreed' | 'gave-back' | 'recorded' | 'task-raised';

/** @throws AppError payments-unavailable, payments-refused, storage-unavailable, events-unavailable */
export async function settlePayment(ports: SettlePorts, { paymentId, orderId }: PaymentHint): Promise<Settled> {
  const { orderChanges, payments } = ports;
  const order =
    orderId === undefined || !isUuid(orderId) ? undefined : (await loadHistory(orderChanges.orders, orderId))?.order;
  if (order !== undefined && !hasEnded(order)) return 'agreed';
  const payment = await payments.get(paymentId);
  if (payment === undefined) return 'agreed';
  const verdict = judgePayment(order, payment);
  switch (verdict.kind) {
    case 'agree':
      return 'agreed';
    case 'give-back': {
      const outcome = await payments.giveBack(paymentId);
      if (outcome !== 'nothing-charged') await recordReturn(ports, order, payment, outcome);
      return 'gave-back';
    }
    case 'record':
      return (await recordReturn(ports, order, payment, verdict.outcome)) ? 'recorded' : 'agreed';
    case 'task':
      await raiseDifference(ports, order?.orderId ?? paymentId, verdict.difference, verdict.detail);
      return 'task-raised';
  }
}

/** Told once however often it is looked into. */
export async function raiseDifference(
  { raiseTask }: Pick<SettlePorts, 'raiseTask'>,
  subject: string,
  difference: Difference,
  detail: string,
): Promise<void> {
  await raiseTask({ kind: 'reconciliation', subject, step: difference, detail });
}

/** The event's id carries the payment: however often it is found, it is recorded once. Answers whether it was now. */
async function recordReturn(
  { orderChanges }: SettlePorts,
  order: Order | undefined,
  payment: Payment,
  outcome: 'voided' | 'refunded',
): Promise<boolean> {
  if (order === undefined) return false;
  const { paymentId, amountMinor, capturedMinor } = payment;
  const amount = { ...order.total, amountMinor: moneyLeft(payment) || capturedMinor || amountMinor };
  const event = { type: 'LatePaymentReversed', data: { paymentId, outcome, amount } } as const;
  const after = await appendEvents(orderChanges, order.orderId, ({ status }) =>
    status === 'cancelled' ? [{ event, step: `late-payment/${paymentId}` }] : [],
  );
  return after.version > order.version;
}
