// What the saga's activities share: registration, and the reading of the order before anything is done for it.
import { app as durable } from 'durable-functions';
import { activity, type ActivityAnswers } from '../../shared/adapters/functions/activity.ts';
import { appendEventsTo } from '../../shared/orders/append-events.ts';
import type { OrderEvent } from '../../shared/orders/events.ts';
import type { Order } from '../../shared/orders/order.ts';
import type { OrderHistory } from '../../shared/orders/order-history.ts';
import type { ActivityCall, StepResult } from '../../shared/orders/payment-saga.ts';
import { readHistory } from '../../shared/orders/read-order.ts';
import { isUnderWay, refusalOf } from '../../shared/orders/saga-decisions.ts';

type ActivityInput = ActivityCall['input'];

export const done: StepResult = { outcome: 'done' };

const answers: ActivityAnswers<StepResult> = {
  done,
  declined: { outcome: 'stopped', reason: 'saga-failed' },
  failed: (detail) => ({ outcome: 'failed', detail }),
};

/** An activity that always runs: the undos and the records of how the saga ended. */
export function sagaActivity(
  name: string,
  run: (order: Order, input: ActivityInput, history: OrderHistory) => Promise<StepResult>,
): void {
  durable.activity(name, {
    handler: activity(async (input: ActivityInput) => {
      const { orderChanges } = await import('../orders/ports.ts');
      const history = await readHistory(orderChanges.orders, input.orderId);
      return await run(history.order, input, history);
    }, answers),
  });
}

/** A step forward, which is not taken for an order that is not to go on; a late run of a step finds that too. */
export function sagaStep(name: string, run: (order: Order, history: OrderHistory) => Promise<StepResult>): void {
  sagaActivity(name, async (order, _input, history) => refusalOf(order) ?? run(order, history));
}

/** Stores what a step brought about, once however often the step runs, and not once the order has ended. */
export async function record(history: OrderHistory, step: string, event: OrderEvent): Promise<Order> {
  const { orderChanges } = await import('../orders/ports.ts');
  return await appendEventsTo(orderChanges, history, (now) => (isUnderWay(now) ? [{ event, step }] : []));
}
