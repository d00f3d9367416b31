// The payment saga as data and one generator without I/O: whoever drives it carries out the move it yields and sends back what
// came of it. Every undo is noted before its step begins, for a step that dies half-way has to be undone too.
import type { CancelReason, Reversal } from './events.ts';

export type UndoName = 'release-stock' | 'reverse-payment' | 'cancel-shipment';

export interface SagaStep {
  readonly run: string;
  /** Safe to run whether or not the step took effect. */
  readonly undo?: UndoName;
  /** For so long the step is tried again while it waits, or while nobody knows what came of it. */
  readonly patienceMs: number;
}

const minuteMs = 60_000;

export const paymentSaga = {
  /** Another name whenever the moves change: docs/decisions/0014-a-changed-saga-gets-a-new-name.md */
  name: 'payment-saga-v2',
  steps: [
    { run: 'reserve-stock', undo: 'release-stock', patienceMs: 15 * minuteMs },
    { run: 'authorise-payment', undo: 'reverse-payment', patienceMs: 15 * minuteMs },
    { run: 'arrange-shipment', undo: 'cancel-shipment', patienceMs: 30 * minuteMs },
    { run: 'capture-payment', patienceMs: 15 * minuteMs },
    { run: 'complete-order', patienceMs: 30 * minuteMs },
  ],
  /** One attempt of an activity; after it nobody waits for the answer any more, and the activity is asked again. */
  attemptMs: 5 * minuteMs,
  undoPatienceMs: 30 * minuteMs,
  /** How an order ends has to be written down. */
  recordPatienceMs: 24 * 60 * minuteMs,
  failed: 'record-failed-step',
  cancel: 'record-cancellation',
  needsAttention: 'record-failed-compensation',
  /** The event that ends a pause. It carries nothing: what happened stands with the order. */
  wake: 'wake',
} as const satisfies { steps: readonly SagaStep[]; [setting: string]: unknown };

/** What an activity of the saga answers. Thrown is only what may pass; the outcome is unknown then, and the activity is asked again. */
export type StepResult =
  | { readonly outcome: 'done'; readonly payment?: Reversal }
  /** Not yet: to be asked again. `reason` ends the order when its patience does. */
  | { readonly outcome: 'waiting'; readonly reason: CancelReason }
  | { readonly outcome: 'stopped'; readonly reason: CancelReason }
  | { readonly outcome: 'failed'; readonly detail: string };

/** `step` is the undo that failed. */
export interface FailedUndo {
  readonly step: UndoName;
  readonly detail: string;
}

export interface ActivityCall {
  readonly activity: string;
  readonly input: {
    readonly orderId: string;
    readonly reason?: CancelReason;
    readonly payment?: Reversal;
    readonly step?: string;
    readonly detail?: string;
    readonly failures?: readonly FailedUndo[];
  };
}

export type SagaMove =
  /** Answered with the activity's result, or by throwing what it threw; it throws too when no answer comes in time. */
  | { readonly do: 'run'; readonly call: ActivityCall; readonly withinMs: number }
  | { readonly do: 'pause'; readonly durationMs: number; readonly endsWhenWoken: boolean };

export type SagaReport = {
  readonly status: 'completed' | 'cancelled' | 'needs-attention';
  readonly reason?: CancelReason;
};

type Saga<T> = Generator<SagaMove, T, StepResult | void>;
type Final = Exclude<StepResult, { outcome: 'waiting' }>;
type Attempt = StepResult | { readonly outcome: 'unknown'; readonly detail: string };

/** The orchestration's time, the same in every replay; in milliseconds. */
export type SagaClock = () => number;

export function* runPaymentSaga(
  orderId: string,
  now: SagaClock,
  steps: readonly SagaStep[] = paymentSaga.steps,
): Saga<SagaReport> {
  const undos: UndoName[] = [];
  for (const { run, undo, patienceMs } of steps) {
    if (undo !== undefined) undos.unshift(undo);
    const result = yield* patiently({ activity: run, input: { orderId } }, patienceMs, now);
    const verdict = result.outcome === 'failed' ? yield* recordFailure(orderId, run, result.detail, now) : result;
    if (verdict.outcome === 'done') continue;
    const reason = verdict.outcome === 'stopped' ? verdict.reason : 'saga-failed';
    return yield* compensate(orderId, undos, reason, now);
  }
  return { status: 'completed' };
}

/** The order has the last word: done, should the step have been taken unseen. From here on no late run of it is let through. */
function* recordFailure(orderId: string, step: string, detail: string, now: SagaClock): Saga<Final> {
  const call = { activity: paymentSaga.failed, input: { orderId, step, detail } };
  return yield* patiently(call, paymentSaga.recordPatienceMs, now);
}

function* compensate(
  orderId: string,
  undos: readonly UndoName[],
  reason: CancelReason,
  now: SagaClock,
): Saga<SagaReport> {
  const { payment, failures } = yield* undoAll(orderId, undos, now);
  const ended = { orderId, reason, payment };
  if (failures.length === 0) {
    yield* mustRecord({ activity: paymentSaga.cancel, input: ended }, now);
    return { status: 'cancelled', reason };
  }
  yield* mustRecord({ activity: paymentSaga.needsAttention, input: { ...ended, failures } }, now);
  return { status: 'needs-attention', reason };
}

/** In rounds, the last step's undo first: one that fails, or has to wait, keeps neither stock nor money held by the others. */
function* undoAll(
  orderId: string,
  undos: readonly UndoName[],
  now: SagaClock,
): Saga<{ readonly payment: Reversal; readonly failures: readonly FailedUndo[] }> {
  const untilMs = now() + paymentSaga.undoPatienceMs;
  const failures: FailedUndo[] = [];
  let payment: Reversal = 'nothing-charged';
  let open = undos;
  for (let round = 1; ; round += 1) {
    const unknown: FailedUndo[] = [];
    for (const undo of open) {
      const result = yield* attempt({ activity: undo, input: { orderId } });
      if (result.outcome === 'done') payment = result.payment ?? payment;
      else (mayPass(result) ? unknown : failures).push({ step: undo, detail: detailOf(result) });
    }
    const durationMs = pauseMs(round, paymentSaga.undoPatienceMs);
    if (unknown.length === 0 || now() + durationMs > untilMs) return { payment, failures: [...failures, ...unknown] };
    yield { do: 'pause', durationMs, endsWhenWoken: false };
    open = unknown.map(({ step }) => step);
  }
}

/** @throws Error when it cannot be written down in a day: the orchestration fails, and reconciliation finds the order */
function* mustRecord(call: ActivityCall, now: SagaClock): Saga<void> {
  const result = yield* patiently(call, paymentSaga.recordPatienceMs, now);
  if (result.outcome !== 'done')
    throw new Error(`${call.activity} of order ${call.input.orderId}: ${detailOf(result)}`);
}

/** Asks until there is an answer: a thrown error leaves open what came of it, and asking again finds out (decision 2). */
function* patiently(call: ActivityCall, patienceMs: number, now: SagaClock): Saga<Final> {
  const untilMs = now() + patienceMs;
  for (let attempts = 1; ; attempts += 1) {
    const result = yield* attempt(call);
    if (!mayPass(result)) return result;
    const durationMs = pauseMs(attempts, patienceMs);
    if (now() + durationMs > untilMs) return outOfTime(result);
    yield { do: 'pause', durationMs, endsWhenWoken: true };
  }
}

function* attempt(call: ActivityCall): Saga<Attempt> {
  try {
    const result = yield { do: 'run', call, withinMs: paymentSaga.attemptMs };
    return result ?? { outcome: 'unknown', detail: 'the activity answered nothing' };
  } catch (error) {
    return { outcome: 'unknown', detail: error instanceof Error ? error.message : String(error) };
  }
}

type MayPass = Extract<Attempt, { outcome: 'waiting' | 'unknown' }>;

const mayPass = (result: Attempt): result is MayPass => result.outcome === 'waiting' || result.outcome === 'unknown';

const outOfTime = (result: MayPass): Final =>
  result.outcome === 'waiting'
    ? { outcome: 'stopped', reason: result.reason }
    : { outcome: 'failed', detail: `out of time: ${result.detail}` };

function detailOf(result: Attempt): string {
  if (result.outcome === 'done') return '';
  return 'detail' in result ? result.detail : result.reason;
}

/** 1, 2, 4 … 30 s; where patience is long no longer than a hundredth of it, so that histories stay short. */
const pauseMs = (attempts: number, patienceMs: number): number =>
  Math.min(1_000 * 2 ** (attempts - 1), Math.max(30_000, patienceMs / 100));
