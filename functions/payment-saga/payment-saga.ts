// The orchestrator: drives the generator of shared/orders/payment-saga.ts, which holds every decision.
import { RetryOptions, app as durable, type Task } from 'durable-functions';
import { paymentSaga, runPaymentSaga, type SagaReport, type StepResult } from '../../shared/orders/payment-saga.ts';

/** Patient enough for a dependency that is down for minutes: 1, 2, 4 … 30 s, a good ten minutes in all. */
const retry = new RetryOptions(1_000, 25);
retry.backoffCoefficient = 2;
retry.maxRetryIntervalInMilliseconds = 30_000;

durable.orchestration(paymentSaga.name, function* (context): Generator<Task, SagaReport, StepResult> {
  const { orderId } = context.df.getInput<{ orderId: string }>() ?? { orderId: context.df.instanceId };
  const saga = runPaymentSaga(orderId);
  let move = saga.next();
  while (move.done !== true) {
    const { activity, input } = move.value;
    try {
      move = saga.next(yield context.df.callActivityWithRetry(activity, retry, input));
    } catch (error) {
      move = saga.throw(error);
    }
  }
  return move.value;
});
