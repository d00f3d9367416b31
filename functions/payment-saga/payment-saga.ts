// The orchestrator: carries out the moves of shared/orders/payment-saga.ts, which holds every decision.
import { app as durable, type OrchestrationContext, type Task } from 'durable-functions';
import {
  type ActivityCall,
  paymentSaga,
  runPaymentSaga,
  type SagaMove,
  type SagaReport,
  type StepResult,
} from '../../shared/orders/payment-saga.ts';

type Waiting<T> = Generator<Task, T, unknown>;

durable.orchestration(paymentSaga.name, function* (context): Waiting<SagaReport> {
  const { df } = context;
  const { orderId } = df.getInput<{ orderId: string }>() ?? { orderId: df.instanceId };
  const saga = runPaymentSaga(orderId, () => df.currentUtcDateTime.getTime());
  const pause = pauses(context);
  let move = saga.next();
  while (move.done !== true) {
    try {
      const wish: SagaMove = move.value;
      if (wish.do === 'run') move = saga.next(yield* run(context, wish.call, wish.withinMs));
      else move = saga.next(yield* pause(wish.durationMs, wish.endsWhenWoken));
    } catch (error) {
      move = saga.throw(error);
    }
  }
  return move.value;
});

/** @throws what the activity threw, or Error when it has not answered in time; it may still be under way then */
function* run({ df }: OrchestrationContext, { activity, input }: ActivityCall, withinMs: number): Waiting<StepResult> {
  const attempt = df.callActivity(activity, input);
  const limit = df.createTimer(new Date(df.currentUtcDateTime.getTime() + withinMs));
  yield df.Task.any([attempt, limit]);
  if (!attempt.isCompleted && !attempt.isFaulted) throw new Error(`${activity} gave no answer in ${withinMs} ms`);
  if (!limit.isCompleted) limit.cancel();
  if (attempt.isFaulted) throw attempt.result;
  return attempt.result as StepResult;
}

/** A wait for the event that was not needed stays open and is used again: a second one beside it would never be told. */
function pauses({ df }: OrchestrationContext): (durationMs: number, endsWhenWoken: boolean) => Waiting<void> {
  let open: Task | undefined;
  return function* (durationMs, endsWhenWoken) {
    const timer = df.createTimer(new Date(df.currentUtcDateTime.getTime() + durationMs));
    if (!endsWhenWoken) {
      yield timer;
      return;
    }
    const woken = (open ??= df.waitForExternalEvent(paymentSaga.wake));
    yield df.Task.any([woken, timer]);
    if (!woken.isCompleted) return;
    open = undefined;
    if (!timer.isCompleted) timer.cancel();
  };
}
