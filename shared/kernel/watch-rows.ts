// A stream of server-sent events [HTML, 9.2] that tells what lists show, whenever they show something else.
import { AppError } from './errors.ts';

export interface Watched {
  /** Name of the events. */
  readonly event: string;
  /** What the list shows now, newest first: a screenful. */
  readonly rows: () => Promise<readonly unknown[]>;
}

export interface WatchOptions {
  /** Between two looks, in ms. */
  readonly intervalMs: number;
  /** A comment after this long without an event, so that nobody between takes the connection for dead. */
  readonly heartbeatMs: number;
  /** The stream ends by itself: not every host says that its reader has left. The reader connects again. */
  readonly endsAfterMs: number;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/**
 * Each event carries all the rows of its list as a JSON array, so a reader that connects again has missed nothing. A look
 * that fails for a reason that passes is made again.
 * @throws whatever else a look throws
 */
export async function* watchRows(
  watched: readonly Watched[],
  { intervalMs, heartbeatMs, endsAfterMs, now, wait }: WatchOptions,
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
    await wait(intervalMs);
  }
}

async function look({ event, rows }: Watched): Promise<{ readonly event: string; readonly json?: string }> {
  try {
    return { event, json: JSON.stringify(await rows()) };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'transient') return { event };
    throw error;
  }
}
