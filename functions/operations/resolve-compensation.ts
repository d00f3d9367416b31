// What an operator's decision means to an order whose step could not be undone. The order's events say whether the undo is still open,
// so a repeat, or the follower of a process that died, does only what is left.
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { Closing, TaskWish } from '../../shared/operations/operator-task.ts';
import { appendEvents, type OrderChangePorts } from '../../shared/orders/append-events.ts';
import type { Reversal } from '../../shared/orders/events.ts';
import type { Order } from '../../shared/orders/order.ts';
import type { StepResult } from '../../shared/orders/payment-saga.ts';
import { readOrder } from '../../shared/orders/read-order.ts';
import { decideResolved } from '../../shared/orders/saga-decisions.ts';

export interface ResolvePorts {
  readonly orderChanges: OrderChangePorts;
  /** By name; each may run again. */
  readonly undos: Readonly<Record<string, (order: Order) => Promise<StepResult>>>;
}

/**
 * The last undo that is seen to ends the order.
 * @throws AppError step-still-fails, order-not-found, and those that may pass
 */
export async function resolveCompensation(
  { orderChanges, undos }: ResolvePorts,
  { subject: orderId, step = '' }: TaskWish,
  how: Closing,
): Promise<void> {
  const order = await readOrder(orderChanges.orders, orderId);
  if (!order.failedUndos.includes(step)) return;
  const payment = how === 'retried' ? await undo(undos[step], order, step) : undefined;
  const resolution = { step, how, ...(payment === undefined ? {} : { payment }) };
  await appendEvents(orderChanges, orderId, (now) => decideResolved(now, resolution));
}

async function undo(
  run: ((order: Order) => Promise<StepResult>) | undefined,
  order: Order,
  step: string,
): Promise<Reversal | undefined> {
  if (run === undefined) throw new AppError('broken-invariant', `Order ${order.orderId} has no undo ${step}`);
  const result = await run(order).catch((thrown: unknown) => {
    const error = toAppError(thrown);
    if (error.kind === 'transient' || error.kind === 'unknown') throw error;
    throw stillFails(step, `${error.code}, ${error.message}`);
  });
  if (result.outcome === 'done') return result.payment;
  throw stillFails(step, 'detail' in result ? result.detail : result.reason);
}

const stillFails = (step: string, why: string): AppError =>
  new AppError('step-still-fails', `${step} was refused again: ${why}`);
