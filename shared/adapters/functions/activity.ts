// The wrapper of every Durable activity. Durable retries whatever an activity throws, so only what may pass is thrown;
// a business "no" and what will never work are answers.
import type { InvocationContext } from '@azure/functions';
import { toAppError } from '../../kernel/errors.ts';
import { settleActivity } from '../../kernel/settlement.ts';

/** What the orchestration is told where the activity did not answer itself. */
export interface ActivityAnswers<R> {
  readonly done: R;
  readonly declined: R;
  readonly failed: (detail: string) => R;
}

/** `handle` is idempotent: an activity whose answer was lost runs again. */
export const activity =
  <I, R>(
    handle: (input: I, context: InvocationContext) => Promise<R>,
    { done, declined, failed }: ActivityAnswers<R>,
  ) =>
  async (input: I, context: InvocationContext): Promise<R> => {
    try {
      return await handle(input, context);
    } catch (thrown) {
      const error = toAppError(thrown);
      const told = `${error.code}: ${error.message}`;
      switch (settleActivity(error)) {
        case 'throw':
          context.warn(`${told}; to be tried again`, error.cause ?? error);
          throw error;
        case 'done':
          return done;
        case 'declined':
          return declined;
        case 'failed':
          context.error(told, error.cause ?? error);
          return failed(told);
      }
    }
  };
