// A long history goes to a host in pages, so that neither side ever holds the text of all of it.
import type { HistoryEvent } from '../durable-protocol/history-event.ts';

const mostEvents = 1_000;
const enoughChars = 1024 * 1024;

/** Ends with the event that makes it a megabyte, or a thousand. */
export function historyPage(history: readonly HistoryEvent[], from: number): HistoryEvent[] {
  const page: HistoryEvent[] = [];
  let chars = 0;
  for (let index = from; index < history.length && page.length < mostEvents && chars < enoughChars; index++) {
    const event = history[index] as HistoryEvent;
    page.push(event);
    for (const field of Object.values(event)) if (typeof field === 'string') chars += field.length;
  }
  return page;
}
