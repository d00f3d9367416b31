import { describe, expect, it } from 'vitest';
import { gather } from '../../../local/task-hub/gather.ts';

describe('calls that wait for their turn', () => {
  it('are served together, each key by itself, and answered one by one', async () => {
    const served: string[] = [];
    const turns: (() => void)[] = [];
    const call = gather<number, string>(async (key, take) => {
      await new Promise<void>((resolve) => turns.push(resolve));
      const items = take();
      served.push(`${key}: ${items.join(' ')}`);
      return items.map((item) => `${key}${item}`);
    });
    const first = [call('a', 1), call('a', 2), call('b', 3)];
    turns.shift()?.();
    turns.shift()?.();
    expect(await Promise.all(first)).toEqual(['a1', 'a2', 'b3']);
    const next = call('a', 4);
    turns.shift()?.();
    expect(await next).toBe('a4');
    expect(served).toEqual(['a: 1 2', 'b: 3', 'a: 4']);
  });

  it('all hear of a failure, and those behind them do not', async () => {
    let isBroken = true;
    const call = gather<number, number>(async (_, take) => {
      await Promise.resolve();
      if (isBroken) throw new Error('cannot be read');
      return take();
    });
    const answers = await Promise.allSettled([call('a', 1), call('a', 2)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    expect(await call('a', 3)).toBe(3);
  });
});
