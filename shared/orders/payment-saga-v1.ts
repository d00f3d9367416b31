// The saga as orders began it before version 2, with retries by Durable. It stays as it is until no instance of it runs:
// docs/decisions/0014-a-changed-saga-gets-a-new-name.md
import type { CancelReason, Reversal } from './events.ts';
import type { ActivityCall, SagaReport, StepResult } from './payment-saga.ts';

export const paymentSagaV1 = {
  name: 'payment-saga',
  steps: [
    { run: 'reserve-stock', undo: 'release-stock' },
    { run: 'authorise-payment', undo: 'reverse-payment' },
    { run: 'arrange-shipment', undo: 'cancel-shipment' },
    { run: 'capture-payment' },
    { run: 'complete-order' },
  ],
} as const;

type Saga<T> = Generator<ActivityCall, T, StepResult>;

export function* runPaymentSagaV1(orderId: string): Saga<SagaReport> {
  const undos: string[] = [];
  for (const step of paymentSagaV1.steps) {
    if ('undo' in step) undos.push(step.undo);
    const result = yield* attempt({ activity: step.run, input: { orderId } });
    if (result.outcome === 'done') continue;
    const reason = result.outcome === 'failed' ? 'saga-failed' : result.reason;
    return yield* compensate(orderId, undos.toReversed(), reason);
  }
  return { status: 'completed' };
}

function* compensate(orderId: string, undos: readonly string[], reason: CancelReason): Saga<SagaReport> {
  let payment: Reversal = 'nothing-charged';
  let failed = false;
  for (const undo of undos) {
    const result = yield* attempt({ activity: undo, input: { orderId } });
    if (result.outcome === 'done') {
      payment = result.payment ?? payment;
      continue;
    }
    failed = true;
    const detail = result.outcome === 'failed' ? result.detail : result.reason;
    yield { activity: 'record-failed-compensation', input: { orderId, step: undo, detail } };
  }
  if (failed) return { status: 'needs-attention', reason };
  yield { activity: 'record-cancellation', input: { orderId, reason, payment } };
  return { status: 'cancelled', reason };
}

/** An activity that still throws after its retries counts as failed. */
function* attempt(call: ActivityCall): Saga<StepResult> {
  try {
    return yield call;
  } catch (error) {
    return { outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}
