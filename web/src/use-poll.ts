import { useEffect, useState } from 'preact/hooks';

/** Asks every `intervalMs` and whenever `key` changes; keeps the last answer while the next one is on its way or fails. */
export function usePoll<T>(ask: () => Promise<T>, key: string, intervalMs = 1000): { value?: T; error?: string } {
  const [state, setState] = useState<{ value?: T; error?: string }>({});
  useEffect(() => {
    let stopped = false;
    let timer = 0;
    const poll = async (): Promise<void> => {
      try {
        const value = await ask();
        if (!stopped) setState({ value });
      } catch (error) {
        if (!stopped) setState((last) => ({ ...last, error: error instanceof Error ? error.message : String(error) }));
      }
      if (!stopped) timer = window.setTimeout(() => void poll(), intervalMs);
    };
    void poll();
    return () => {
      stopped = true;
      window.clearTimeout(timer);
    };
  }, [key, intervalMs]);
  return state;
}
