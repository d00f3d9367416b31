// The orchestrator of sagas that began before version 2: docs/decisions/0014-a-changed-saga-gets-a-new-name.md
import { RetryOptions, app as durable, type Task } from 'durable-functions';
import type { SagaReport, StepResult } from '../../shared/orders/payment-saga.ts';
import { paymentSagaV1, runPaymentSagaV1 } from '../../shared/orders/payment-saga-v1.ts';

const retry = new RetryOptions(1_000, 25);
retry.backoffCoefficient = 2;
retry.maxRetryIntervalInMilliseconds = 30_000;

durable.orchestration(paymentSagaV1.name, function* (context): Generator<Task, SagaReport, StepResult> {
  const { orderId } = context.df.getInput<{ orderId: string }>() ?? { orderId: context.df.instanceId };
  const saga = runPaymentSagaV1(orderId);
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
