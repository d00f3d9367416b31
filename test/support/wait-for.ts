import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls until `probe` answers something other than undefined, null or false, and returns it.
 * The label stands in the error when `timeoutMs` (default 30 s, for machines under load) has passed, with the last error the probe threw.
 */
export async function waitFor<T>(
  label: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 30_000, intervalMs = 25 } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, undefined | null | false>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${label}`, { cause: lastError });
    await delay(intervalMs);
  }
}
