import { InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { activity } from '../../../../../shared/adapters/functions/activity.ts';
import { AppError, type ErrorCode } from '../../../../../shared/kernel/errors.ts';

const context = new InvocationContext({ functionName: 'step', logHandler: () => {} });
const answers = { done: 'done', declined: 'declined', failed: (detail: string) => `failed: ${detail}` };

const stepThat = (thrown: unknown) =>
  activity(async (input: string) => {
    if (thrown !== undefined) throw thrown;
    return `handled ${input}`;
  }, answers);

test('what the activity answers is its answer', async () => {
  expect(await stepThat(undefined)('order', context)).toBe('handled order');
});

test.each<[ErrorCode, string]>([
  ['too-late-to-cancel', 'done'],
  ['payment-declined', 'declined'],
  ['order-not-found', 'failed: order-not-found: why'],
  ['invalid-message', 'failed: invalid-message: why'],
  ['payments-refused', 'failed: payments-refused: why'],
])('%s is an answer: Durable does not try again', async (code, answer) => {
  expect(await stepThat(new AppError(code, 'why'))('order', context)).toBe(answer);
});

test.each([[new AppError('payments-unavailable', 'why')], [new TypeError('why')], ['why']])(
  '%s is thrown, so that Durable tries again',
  async (thrown) => {
    await expect(stepThat(thrown)('order', context)).rejects.toThrow('why');
  },
);
