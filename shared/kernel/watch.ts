// A stream of server-sent events [HTML, 9.2] that tells what there is to show, whenever it is something else.
import { AppError } from './errors.ts';

export interface Watched {
  /** Name of the events. */
  readonly event: string;
  /** What there is to show now: a screenful of a list, newest first, or one thing. */
  readonly show: () => Promise<unknown>;
}

export interface WatchOptions {
  /** Between two looks, in ms. */
  readonly intervalMs: number;
  /** A comment after this long without an event, so that nobody between takes the connection for dead. */
  readonly heartbeatMs: number;
  /** The stream ends by itself: not every host says that its reader has left. The reader connects again. */
  readonly endsAfterMs: number;
  /** Whether what was shown last will never change. Default: it always may. */
  readonly isOver?: () => boolean;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/**
 * Each event carries all there is to show as JSON, so a reader that connects again has missed nothing. A look
 * that fails for a reason that passes is made again.
 * @throws whatever else a look throws
 */
export async function* watch(
  watched: readonly Watched[],
  { intervalMs, heartbeatMs, endsAfterMs, isOver = () => false, now, wait }: WatchOptions,
): AsyncGenerator<Uint8Array, void> {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const told = new Map<string, string>();
  const startedAt = now();
  let spokeAt = startedAt;
  yield bytes(`retry: ${intervalMs}\n\n`);
  while (now() - startedAt < endsAfterMs) {
    const shown = await Promise.all(watched.map(look));
    const news = shown.filter(({ event, json }) => json !== undefined && json !== told.get(event));
    for (const { event, json = '' } of news) told.set(event, json);
    if (news.length > 0 || now() - spokeAt >= heartbeatMs) {
      spokeAt = now();
      yield bytes(news.map(({ event, json }) => `event: ${event}\ndata: ${json}\n\n`).join('') || ': still here\n\n');
    }
    if (isOver()) return;
    await wait(intervalMs);
  }
}

async function look({ event, show }: Watched): Promise<{ readonly event: string; readonly json?: string }> {
  try {
    return { event, json: JSON.stringify(await show()) };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'transient') return { event };
    throw error;
  }
}
