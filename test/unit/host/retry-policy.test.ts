import { describe, expect, it } from 'vitest';
import { retryPolicy, takesRetryPolicy } from '../../../local/host/retry-policy.ts';

const exponential = {
  retryStrategy: 'exponentialBackoff',
  maxRetryCount: -1,
  minimumInterval: { seconds: 2 },
  maximumInterval: { seconds: 60 },
};

describe('retry policy', () => {
  it('tries nothing again where there is none', () => {
    expect(retryPolicy(undefined).maxRetryCount).toBe(0);
  });

  it('waits the same time before each retry with fixedDelay', () => {
    const policy = retryPolicy({ retryStrategy: 'fixedDelay', maxRetryCount: 3, delayInterval: { seconds: 5 } });
    expect([1, 2, 3].map((retry) => policy.delayBeforeMs(retry))).toEqual([5_000, 5_000, 5_000]);
  });

  it('doubles the wait up to its maximum with exponentialBackoff', () => {
    const policy = retryPolicy(exponential, () => 0.5);
    expect([1, 2, 5, 6, 2_000].map((retry) => policy.delayBeforeMs(retry))).toEqual([
      2_000, 4_000, 32_000, 60_000, 60_000,
    ]);
  });

  it('spreads exponential waits by a fifth', () => {
    expect(retryPolicy(exponential, () => 0).delayBeforeMs(1)).toBe(1_600);
    expect(retryPolicy(exponential, () => 1).delayBeforeMs(1)).toBeCloseTo(2_400);
  });

  it.each([
    [{ ...exponential, maxRetryCount: 1.5 }, /maxRetryCount/],
    [{ ...exponential, maxRetryCount: -2 }, /maxRetryCount/],
    [{ ...exponential, retryStrategy: 'often' }, /fixedDelay or exponentialBackoff, not 'often'/],
    [{ ...exponential, minimumInterval: undefined }, /minimumInterval is missing/],
    [{ ...exponential, maximumInterval: { seconds: 1 } }, /maximumInterval is below/],
  ])('says what is wrong in %j', (options, message) => {
    expect(() => retryPolicy(options)).toThrow(message);
  });

  it('belongs to Event Hub and timer triggers: the others have their service try again', () => {
    expect(['eventHubTrigger', 'timerTrigger', 'serviceBusTrigger', 'httpTrigger'].map(takesRetryPolicy)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
