// The wrapper of every Durable activity. Durable retries whatever an activity throws, so only what may pass is thrown;
// a business "no" and what will never work are answers.
import type { InvocationContext } from '@azure/functions';
import { type AppError, toAppError } from '../../kernel/errors.ts';
import type { ActivityCall, StepResult } from '../../orders/payment-saga.ts';

export type ActivityInput = ActivityCall['input'];

export const activity =
  (handle: (input: ActivityInput, context: InvocationContext) => Promise<StepResult>) =>
  async (input: ActivityInput, context: InvocationContext): Promise<StepResult> => {
    try {
      return await handle(input, context);
    } catch (thrown) {
      return settleActivity(toAppError(thrown), context);
    }
  };

/** @throws the error itself when Durable is to try again */
function settleActivity(error: AppError, context: InvocationContext): StepResult {
  switch (error.kind) {
    case 'transient':
    case 'unknown':
      context.warn(`${error.code}: ${error.message}; to be tried again`, error.cause ?? error);
      throw error;
    case 'conflict':
      return { outcome: 'done' };
    case 'rejected':
      return { outcome: 'stopped', reason: 'saga-failed' };
    case 'invalid-input':
    case 'not-found':
    case 'permanent':
      context.error(`${error.code}: ${error.message}`, error.cause ?? error);
      return { outcome: 'failed', detail: `${error.code}: ${error.message}` };
  }
}
