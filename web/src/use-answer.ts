import { useEffect, useState } from 'preact/hooks';
import { messageOf } from './api/ask.ts';

interface Answer<T> {
  readonly value?: T;
  readonly error?: string;
}

/**
 * Asks when `key` changes and, with `everyMs`, again and again. The last answer stays while the next one is on its way or
 * fails.
 */
export function useAnswer<T>(ask: () => Promise<T>, key: string, everyMs?: number): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({});
  useEffect(() => {
    let stopped = false;
    let timer: number | undefined;
    const askOnce = async (): Promise<void> => {
      try {
        const value = await ask();
        if (!stopped) setAnswer({ value });
      } catch (error) {
        if (!stopped) setAnswer((last) => ({ ...last, error: messageOf(error) }));
      }
      if (!stopped && everyMs !== undefined) timer = window.setTimeout(() => void askOnce(), everyMs);
    };
    void askOnce();
    return () => {
      stopped = true;
      window.clearTimeout(timer);
    };
  }, [key, everyMs]);
  return answer;
}
