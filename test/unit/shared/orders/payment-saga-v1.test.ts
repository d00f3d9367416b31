import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActivityCall, SagaReport, StepResult } from '../../../../shared/orders/payment-saga.ts';
import { paymentSagaV1, runPaymentSagaV1 } from '../../../../shared/orders/payment-saga-v1.ts';

const done: StepResult = { outcome: 'done' };
type Answer = (call: ActivityCall, nth: number) => StepResult;

/** Drives the saga by hand: `answer` plays the activities, and may throw as one does after its last retry. */
function drive(answer: Answer): { report: SagaReport; calls: ActivityCall[] } {
  const calls: ActivityCall[] = [];
  const saga = runPaymentSagaV1('o-1');
  let move = saga.next();
  while (!move.done) {
    const call = move.value;
    calls.push(call);
    let result: StepResult;
    try {
      result = answer(call, calls.length - 1);
    } catch (error) {
      move = saga.throw(error);
      continue;
    }
    move = saga.next(result);
  }
  return { report: move.value, calls };
}

const names = (calls: readonly ActivityCall[]): string[] => calls.map(({ activity }) => activity);
const steps: string[] = paymentSagaV1.steps.map(({ run }) => run);

test('every step done, in order, completes the order', () => {
  const { report, calls } = drive(() => done);
  expect(report).toEqual({ status: 'completed' });
  expect(names(calls)).toEqual(steps);
});

const undosAfter: readonly [string, readonly string[]][] = [
  ['reserve-stock', ['release-stock']],
  ['authorise-payment', ['reverse-payment', 'release-stock']],
  ['arrange-shipment', ['cancel-shipment', 'reverse-payment', 'release-stock']],
  ['capture-payment', ['cancel-shipment', 'reverse-payment', 'release-stock']],
  ['complete-order', ['cancel-shipment', 'reverse-payment', 'release-stock']],
];

describe.each(undosAfter)('when %s', (step, undos) => {
  test.each<[string, StepResult | undefined]>([
    ['stops', { outcome: 'stopped', reason: 'payment-declined' }],
    ['fails for good', { outcome: 'failed', detail: 'refused' }],
    ['still throws after its retries', undefined],
  ])('%s, it and all before it are undone, the last first', (_how, result) => {
    const { report, calls } = drive(({ activity }) => {
      if (activity !== step) return done;
      if (result === undefined) throw new Error('gave up');
      return result;
    });
    expect(names(calls).slice(steps.indexOf(step) + 1)).toEqual([...undos, 'record-cancellation']);
    expect(report).toEqual({
      status: 'cancelled',
      reason: result?.outcome === 'stopped' ? result.reason : 'saga-failed',
    });
  });
});

test('what became of the money stands in the cancellation', () => {
  const { calls } = drive(({ activity }) => {
    if (activity === 'complete-order') return { outcome: 'stopped', reason: 'cancelled-by-customer' };
    return activity === 'reverse-payment' ? { outcome: 'done', payment: 'refunded' } : done;
  });
  expect(calls.at(-1)?.input).toEqual({ orderId: 'o-1', reason: 'cancelled-by-customer', payment: 'refunded' });
});

test('an undo that fails keeps none of the others from running and asks for attention', () => {
  const { report, calls } = drive(({ activity }) => {
    if (activity === 'capture-payment') return { outcome: 'stopped', reason: 'cancelled-by-customer' };
    if (activity === 'reverse-payment') throw new Error('the provider is gone');
    return done;
  });
  expect(names(calls).slice(4)).toEqual([
    'cancel-shipment',
    'reverse-payment',
    'record-failed-compensation',
    'release-stock',
  ]);
  expect(calls[6]?.input).toMatchObject({ step: 'reverse-payment', detail: 'the provider is gone' });
  expect(report).toEqual({ status: 'needs-attention', reason: 'cancelled-by-customer' });
});

test('whatever fails, each undo of a step that began runs exactly once and nothing else is undone', () => {
  const anyResult = fc.constantFrom<StepResult | 'throw'>(
    done,
    { outcome: 'stopped', reason: 'out-of-stock' },
    { outcome: 'failed', detail: 'x' },
    'throw',
  );
  fc.assert(
    fc.property(fc.array(anyResult, { minLength: 12, maxLength: 12 }), (script) => {
      const { report, calls } = drive(({ activity }, nth) => {
        const result = activity.startsWith('record-') ? done : (script[nth] ?? done);
        if (result === 'throw') throw new Error('gave up');
        return result;
      });
      const called = names(calls);
      const begun = paymentSagaV1.steps.filter(({ run }) => called.includes(run));
      const expected =
        report.status === 'completed' ? [] : begun.flatMap((step) => ('undo' in step ? [step.undo] : []));
      const undos = paymentSagaV1.steps.flatMap((step) => ('undo' in step ? [step.undo] : []));
      expect(called.filter((name) => undos.some((undo) => undo === name))).toEqual(expected.toReversed());
    }),
  );
});
