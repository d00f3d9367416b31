// What the order's events have to say to its saga: whether a step may be taken, and how the saga's end is written down.
import type { Decision } from './append-events.ts';
import type { CancelReason, Reversal } from './events.ts';
import type { Order } from './order.ts';
import type { FailedUndo, StepResult } from './payment-saga.ts';

export const isUnderWay = ({ status }: Order): boolean => status === 'accepted' || status === 'processing';

/** Why a step is not to be taken, if it is not. A repeat of one that was is let through, for it changes nothing. */
export function refusalOf(order: Order): StepResult | undefined {
  if (order.status === 'completed') return undefined;
  if (order.cancelRequested) return { outcome: 'stopped', reason: 'cancelled-by-customer' };
  if (order.failedStep !== undefined || !isUnderWay(order)) return { outcome: 'stopped', reason: 'saga-failed' };
  return undefined;
}

const detailLimit = 1_000;

/** Completed is completed: a step that was given up may have been taken unseen. From then on nothing is undone. */
export function decideStepFailed(order: Order, step: string, detail: string): Decision[] {
  if (!isUnderWay(order)) return [];
  return [
    { event: { type: 'StepFailed', data: { step, detail: detail.slice(0, detailLimit) } }, step: `gave-up/${step}` },
  ];
}

export function decideCancelled(order: Order, reason: CancelReason, payment: Reversal): Decision[] {
  if (!isUnderWay(order)) return [];
  return [{ event: { type: 'OrderCancelled', data: { reason, payment } }, step: 'cancel-order' }];
}

/** All at once: the first to be resolved must find the others. */
export function decideNeedsAttention(
  order: Order,
  failures: readonly (Pick<FailedUndo, 'detail'> & { readonly step: string })[],
  told: { readonly reason?: CancelReason; readonly payment?: Reversal },
): Decision[] {
  if (order.status === 'completed' || order.status === 'cancelled') return [];
  return failures.map(({ step, detail }) => ({
    event: { type: 'CompensationFailed', data: { step, detail: detail.slice(0, detailLimit), ...told } },
    step: `failed/${step}`,
  }));
}

export interface Resolution {
  readonly step: string;
  readonly how: 'retried' | 'skipped' | 'resolved';
  /** What the retry of the payment's undo answered. */
  readonly payment?: Reversal;
}

/** A person saw to an undo that failed; the last one that was open ends the order. Nothing for one that is not open. */
export function decideResolved(order: Order, { step, how, payment }: Resolution): Decision[] {
  if (!order.failedUndos.includes(step)) return [];
  const settled = step === 'reverse-payment' ? (payment ?? 'unsettled') : undefined;
  const data = { step, how, ...(settled === undefined ? {} : { payment: settled }) };
  const resolved: Decision = { event: { type: 'CompensationResolved', data }, step: `resolved/${step}` };
  if (order.failedUndos.some((open) => open !== step)) return [resolved];
  const reason = order.reason ?? 'saga-failed';
  const ended = { reason, payment: settled ?? order.reversal ?? 'nothing-charged' };
  return [resolved, { event: { type: 'OrderCancelled', data: ended }, step: 'cancel-order' }];
}
