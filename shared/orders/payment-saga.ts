// The payment saga as data and one generator without I/O: whoever drives it runs the activity it yields and sends back the result.
// Every undo is recorded before its step begins, for a step that dies half-way has to be undone too.
import type { CancelReason, EventOf } from './events.ts';

export interface SagaStep {
  readonly run: string;
  /** Safe to run whether or not the step took effect. */
  readonly undo?: string;
}

export const paymentSaga = {
  name: 'payment-saga',
  steps: [
    { run: 'reserve-stock', undo: 'release-stock' },
    { run: 'authorise-payment', undo: 'reverse-payment' },
    { run: 'arrange-shipment', undo: 'cancel-shipment' },
    { run: 'capture-payment' },
    { run: 'complete-order' },
  ],
  cancel: 'record-cancellation',
  needsAttention: 'record-failed-compensation',
} as const satisfies { name: string; steps: readonly SagaStep[]; cancel: string; needsAttention: string };

type Reversal = EventOf<'OrderCancelled'>['data']['payment'];

/** What an activity of the saga answers. A business "no" is an answer; only what may be retried is thrown. */
export type StepResult =
  | { readonly outcome: 'done'; readonly payment?: Reversal }
  | { readonly outcome: 'stopped'; readonly reason: CancelReason }
  | { readonly outcome: 'failed'; readonly detail: string };

export interface ActivityCall {
  readonly activity: string;
  readonly input: {
    readonly orderId: string;
    readonly reason?: CancelReason;
    readonly payment?: Reversal;
    readonly step?: string;
    readonly detail?: string;
  };
}

export type SagaReport = {
  readonly status: 'completed' | 'cancelled' | 'needs-attention';
  readonly reason?: CancelReason;
};

type Saga<T> = Generator<ActivityCall, T, StepResult>;

export function* runPaymentSaga(orderId: string, steps: readonly SagaStep[] = paymentSaga.steps): Saga<SagaReport> {
  const undos: string[] = [];
  for (const { run, undo } of steps) {
    if (undo !== undefined) undos.push(undo);
    const result = yield* attempt({ activity: run, input: { orderId } });
    if (result.outcome === 'done') continue;
    const reason = result.outcome === 'stopped' ? result.reason : 'saga-failed';
    return yield* compensate(orderId, undos.toReversed(), reason);
  }
  return { status: 'completed' };
}

/** Runs every undo, whatever becomes of the others: one that fails must not keep stock or money held by the rest. */
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
    yield { activity: paymentSaga.needsAttention, input: { orderId, step: undo, detail } };
  }
  if (failed) return { status: 'needs-attention', reason };
  yield { activity: paymentSaga.cancel, input: { orderId, reason, payment } };
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
