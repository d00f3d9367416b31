import { afterEach, describe, expect, it, vi } from 'vitest';
import { settleApart } from '../../../local/host/service-bus/outcomes-apart.ts';

describe('settlements', () => {
  afterEach(() => void vi.useRealTimers());

  it('of one kind run side by side, of another only when those have been answered', async () => {
    const settle = settleApart();
    const log: string[] = [];
    const answers = new Map<string, PromiseWithResolvers<void>>();
    const act = (name: string) => () => {
      log.push(name);
      const answer = Promise.withResolvers<void>();
      answers.set(name, answer);
      return answer.promise;
    };
    const turn = () => new Promise(setImmediate);
    const all = [
      settle('complete', act('complete 1')),
      settle('complete', act('complete 2')),
      settle('abandon', act('abandon 3')),
      settle('complete', act('complete 4')),
    ];
    await turn();
    expect(log).toEqual(['complete 1', 'complete 2']);
    answers.get('complete 1')?.resolve();
    await turn();
    expect(log).toHaveLength(2);
    answers.get('complete 2')?.reject(new Error('the lock was lost'));
    await turn();
    expect(log).toEqual(['complete 1', 'complete 2', 'abandon 3']);
    answers.get('abandon 3')?.resolve();
    await turn();
    answers.get('complete 4')?.resolve();
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('whose answer does not come, as their connection broke, hold up the others half a second each', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const settle = settleApart();
    const log: string[] = [];
    const unanswered = (name: string) => () => {
      log.push(name);
      return Promise.withResolvers<void>().promise;
    };
    void settle('complete', unanswered('complete 1'));
    void settle('abandon', unanswered('abandon 2'));
    void settle('complete', unanswered('complete 3'));
    await vi.advanceTimersByTimeAsync(499);
    expect(log).toEqual(['complete 1']);
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toEqual(['complete 1', 'abandon 2']);
    await vi.advanceTimersByTimeAsync(500);
    expect(log).toEqual(['complete 1', 'abandon 2', 'complete 3']);
  });
});
