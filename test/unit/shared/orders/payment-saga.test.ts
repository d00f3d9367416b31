import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ActivityCall,
  paymentSaga,
  runPaymentSaga,
  type SagaReport,
  type StepResult,
} from '../../../../shared/orders/payment-saga.ts';

const done: StepResult = { outcome: 'done' };
const stopped: StepResult = { outcome: 'stopped', reason: 'payment-declined' };
const waiting: StepResult = { outcome: 'waiting', reason: 'stock-held-by-others' };
const minuteMs = 60_000;

type Answer = (call: ActivityCall, nowMs: number) => StepResult;

interface Driven {
  readonly report: SagaReport;
  readonly calls: ActivityCall[];
  readonly pausesMs: number[];
  readonly tookMs: number;
}

/** `answer` plays the activities, and throws as one does whose outcome is unknown; pauses take their time, woken ones none. */
function drive(answer: Answer, isWoken = () => false): Driven {
  const calls: ActivityCall[] = [];
  const pausesMs: number[] = [];
  let nowMs = 0;
  const saga = runPaymentSaga('o-1', () => nowMs);
  let move = saga.next();
  while (!move.done) {
    const wish = move.value;
    if (wish.do === 'pause') {
      pausesMs.push(wish.durationMs);
      if (!(wish.endsWhenWoken && isWoken())) nowMs += wish.durationMs;
      move = saga.next();
      continue;
    }
    calls.push(wish.call);
    let result: StepResult;
    try {
      result = answer(wish.call, nowMs);
    } catch (error) {
      nowMs += error instanceof NoAnswer ? wish.withinMs : 0;
      move = saga.throw(error);
      continue;
    }
    move = saga.next(result);
  }
  return { report: move.value, calls, pausesMs, tookMs: nowMs };
}

class NoAnswer extends Error {}

const names = (calls: readonly ActivityCall[]): string[] => calls.map(({ activity }) => activity);
const steps: string[] = paymentSaga.steps.map(({ run }) => run);
const recordOf = ({ activity }: ActivityCall): StepResult =>
  activity === paymentSaga.failed ? { outcome: 'stopped', reason: 'saga-failed' } : done;

/** Every activity is done, but for one. */
const but =
  (name: string, answer: Answer): Answer =>
  (call, nowMs) =>
    call.activity === name ? answer(call, nowMs) : recordOf(call);

const inTurn = (...answers: readonly (() => StepResult)[]): Answer => {
  let nth = 0;
  return () => answers[Math.min(nth++, answers.length - 1)]?.() ?? done;
};

const gone = (): StepResult => {
  throw new Error('the provider is gone');
};

test('every step done, in order, completes the order', () => {
  const { report, calls, pausesMs } = drive(() => done);
  expect(report).toEqual({ status: 'completed' });
  expect(names(calls)).toEqual(steps);
  expect(pausesMs).toEqual([]);
});

const undosAfter: readonly [string, readonly string[]][] = [
  ['reserve-stock', ['release-stock']],
  ['authorise-payment', ['reverse-payment', 'release-stock']],
  ['arrange-shipment', ['cancel-shipment', 'reverse-payment', 'release-stock']],
  ['capture-payment', ['cancel-shipment', 'reverse-payment', 'release-stock']],
  ['complete-order', ['cancel-shipment', 'reverse-payment', 'release-stock']],
];

describe.each(undosAfter)('when %s', (step, undos) => {
  test.each<[string, Answer, readonly string[], SagaReport['reason']]>([
    ['stops', () => stopped, [], 'payment-declined'],
    ['fails for good', () => ({ outcome: 'failed', detail: 'refused' }), ['record-failed-step'], 'saga-failed'],
    ['throws until its time is up', gone, ['record-failed-step'], 'saga-failed'],
    ['waits until its time is up', () => waiting, [], 'stock-held-by-others'],
  ])('%s, it and all before it are undone, the last first', (_how, answer, recorded, reason) => {
    const { report, calls } = drive(but(step, answer));
    const after = names(calls).slice(names(calls).lastIndexOf(step) + 1);
    expect(after).toEqual([...recorded, ...undos, 'record-cancellation']);
    expect(report).toEqual({ status: 'cancelled', reason });
  });

  test.each<[string, () => StepResult]>([
    ['throws', gone],
    ['waits', () => waiting],
  ])('%s some times, it is asked again and nothing is undone', (_how, hindered) => {
    const { report, calls, pausesMs } = drive(
      but(
        step,
        inTurn(hindered, hindered, hindered, () => done),
      ),
    );
    expect(names(calls).filter((name) => name !== step)).toEqual(steps.filter((name) => name !== step));
    expect(pausesMs).toEqual([1_000, 2_000, 4_000]);
    expect(report).toEqual({ status: 'completed' });
  });

  test('gives no answer, it is given up when its time is up', () => {
    const { calls, tookMs } = drive(
      but(step, () => {
        throw new NoAnswer('no answer');
      }),
    );
    const patienceMs = paymentSaga.steps.find(({ run }) => run === step)?.patienceMs ?? 0;
    expect(calls.find(({ activity }) => activity === 'record-failed-step')?.input).toMatchObject({ step });
    expect(tookMs).toBeLessThanOrEqual(patienceMs + paymentSaga.attemptMs);
  });
});

test('a step is waited for with its patience and little history: 15 minutes are 34 attempts [fault 3]', () => {
  const { calls, pausesMs, tookMs } = drive(but('authorise-payment', gone));
  expect(pausesMs.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(names(calls).filter((name) => name === 'authorise-payment')).toHaveLength(34);
  expect(tookMs).toBeGreaterThan(14 * minuteMs);
  expect(tookMs).toBeLessThanOrEqual(15 * minuteMs);
});

test('an order that was completed unseen stays completed', () => {
  const { report, calls } = drive((call) => (call.activity === 'complete-order' ? gone() : done));
  expect(names(calls).at(-1)).toBe('record-failed-step');
  expect(report).toEqual({ status: 'completed' });
});

test('a saga that pauses is woken: the step is asked at once', () => {
  let isCancelled = false;
  const wake = () => (isCancelled = true);
  const { report, calls, tookMs } = drive(
    but('reserve-stock', () => (isCancelled ? { outcome: 'stopped', reason: 'cancelled-by-customer' } : waiting)),
    wake,
  );
  expect(names(calls)).toEqual(['reserve-stock', 'reserve-stock', 'release-stock', 'record-cancellation']);
  expect([report.reason, tookMs]).toEqual(['cancelled-by-customer', 0]);
});

test('what became of the money stands in the cancellation', () => {
  const { calls } = drive(({ activity }) => {
    if (activity === 'complete-order') return { outcome: 'stopped', reason: 'cancelled-by-customer' };
    return activity === 'reverse-payment' ? { outcome: 'done', payment: 'refunded' } : done;
  });
  expect(calls.at(-1)?.input).toEqual({ orderId: 'o-1', reason: 'cancelled-by-customer', payment: 'refunded' });
});

describe('an undo that fails', () => {
  const afterCapture = (undo: string, answer: Answer) =>
    drive((call, nowMs) => {
      if (call.activity === undo) return answer(call, nowMs);
      if (call.activity === 'complete-order') return { outcome: 'stopped', reason: 'cancelled-by-customer' };
      return call.activity === 'reverse-payment' ? { outcome: 'done', payment: 'refunded' } : done;
    });

  test('for good is not asked again, keeps none of the others from running and asks for attention [fault 5]', () => {
    const { report, calls } = afterCapture('cancel-shipment', () => ({ outcome: 'failed', detail: 'it has left' }));
    expect(names(calls).slice(steps.length)).toEqual([
      'cancel-shipment',
      'reverse-payment',
      'release-stock',
      'record-failed-compensation',
    ]);
    expect(calls.at(-1)?.input).toEqual({
      orderId: 'o-1',
      reason: 'cancelled-by-customer',
      payment: 'refunded',
      failures: [{ step: 'cancel-shipment', detail: 'it has left' }],
    });
    expect(report).toEqual({ status: 'needs-attention', reason: 'cancelled-by-customer' });
  });

  test('for a while is asked again, after the others had their turn', () => {
    const { report, calls } = afterCapture(
      'cancel-shipment',
      inTurn(gone, () => done),
    );
    expect(names(calls).slice(steps.length)).toEqual([
      'cancel-shipment',
      'reverse-payment',
      'release-stock',
      'cancel-shipment',
      'record-cancellation',
    ]);
    expect(calls.at(-1)?.input.payment).toBe('refunded');
    expect(report.status).toBe('cancelled');
  });

  test('for half an hour is given up, and told with what was said last', () => {
    const { report, calls, tookMs } = afterCapture('reverse-payment', gone);
    expect(names(calls).filter((name) => name === 'release-stock')).toHaveLength(1);
    expect(calls.at(-1)?.input.failures).toEqual([{ step: 'reverse-payment', detail: 'the provider is gone' }]);
    expect(report.status).toBe('needs-attention');
    expect(tookMs).toBeGreaterThan(29 * minuteMs);
    expect(tookMs).toBeLessThanOrEqual(30 * minuteMs);
  });
});

test.each(['record-cancellation', 'record-failed-step'])('%s is tried for hours', (record) => {
  let failures = 0;
  const { report, tookMs } = drive((call, nowMs) => {
    if (call.activity === record && nowMs < 8 * 60 * minuteMs) {
      failures += 1;
      return gone();
    }
    return call.activity === 'arrange-shipment' ? { outcome: 'failed', detail: 'no such country' } : recordOf(call);
  });
  expect(report.status).toBe('cancelled');
  expect(tookMs).toBeGreaterThan(8 * 60 * minuteMs);
  expect(failures).toBeLessThan(60);
});

test('an end that cannot be written down for a day fails the orchestration, so that it is found', () => {
  const answer: Answer = ({ activity }) =>
    activity === 'record-cancellation' ? gone() : activity === 'authorise-payment' ? stopped : done;
  expect(() => drive(answer)).toThrow('record-cancellation of order o-1: out of time: the provider is gone');
});

test('whatever happens, the undos of the steps that began are asked and no others, and the order ends once', () => {
  const anyResult = fc.constantFrom<StepResult | 'throw' | 'no answer'>(
    done,
    done,
    done,
    stopped,
    waiting,
    { outcome: 'failed', detail: 'x' },
    'throw',
    'no answer',
  );
  fc.assert(
    fc.property(fc.array(anyResult, { maxLength: 80 }), fc.array(fc.boolean(), { maxLength: 40 }), (script, woken) => {
      let nth = 0;
      const answer: Answer = (call) => {
        if (call.activity.startsWith('record-')) return recordOf(call);
        const result = script[nth++] ?? done;
        if (result === 'throw') throw new Error('gone');
        if (result === 'no answer') throw new NoAnswer('no answer');
        return result;
      };
      const { report, calls } = drive(answer, () => woken.pop() ?? false);
      const called = new Set(names(calls));
      const begun = paymentSaga.steps.filter(({ run }) => called.has(run));
      const undosOf = (list: readonly (typeof paymentSaga.steps)[number][]) =>
        list.flatMap((step) => ('undo' in step ? [step.undo] : []));
      const undone = undosOf(paymentSaga.steps).filter((undo) => called.has(undo));
      expect(undone).toEqual(report.status === 'completed' ? [] : undosOf(begun));
      const ends = names(calls).filter((name) => ['record-cancellation', 'record-failed-compensation'].includes(name));
      expect(ends).toHaveLength(report.status === 'completed' ? 0 : 1);
      expect(ends.length === 0 || names(calls).at(-1) === ends[0]).toBe(true);
    }),
  );
});
