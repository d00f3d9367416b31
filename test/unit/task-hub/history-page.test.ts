import { expect, it } from 'vitest';
import { type HistoryEvent, eventType, happened } from '../../../local/durable-protocol/history-event.ts';
import { historyPage } from '../../../local/task-hub/history-page.ts';

const results = (count: number, chars: number): HistoryEvent[] =>
  Array.from({ length: count }, (_, id) =>
    happened(0, { EventType: eventType.taskCompleted, TaskScheduledId: id, Result: 'x'.repeat(chars) }),
  );

/** The lengths of the pages, and all that they hold. */
function pagesOf(history: readonly HistoryEvent[]) {
  const lengths: number[] = [];
  const events: HistoryEvent[] = [];
  while (events.length < history.length) {
    const page = historyPage(history, events.length);
    lengths.push(page.length);
    events.push(...page);
  }
  return { lengths, events };
}

it('takes a thousand events, and the pages together are the history', () => {
  const history = results(2_500, 10);
  expect(pagesOf(history)).toEqual({ lengths: [1_000, 1_000, 500], events: history });
});

it('takes no more than a megabyte and the event that goes beyond it', () => {
  expect(pagesOf(results(5, 600 * 1024)).lengths).toEqual([2, 2, 1]);
});

it('is empty at the end', () => {
  expect(historyPage(results(2, 1), 2)).toEqual([]);
});
