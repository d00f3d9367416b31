// The orchestrator: page after page of the file becomes orders, then its sender gets a summary, also where it gave up on the way.
import { RetryOptions, app as durable, type Task } from 'durable-functions';
import {
  addTally,
  nothingPlaced,
  type PageAnswer,
  pagesOf,
  type ReportInput,
  type SalesImportInput,
  salesImportRun,
} from '../../shared/imports/sales-import.ts';

/** What is down is waited for like a message waits: 1, 2, 4 … 30 s, a day in all. */
const retry = new RetryOptions(1_000, 2_880);
retry.backoffCoefficient = 2;
retry.maxRetryIntervalInMilliseconds = 30_000;

durable.orchestration(salesImportRun.name, function* ({ df }): Generator<Task, ImportEnd, PageAnswer> {
  const started = df.getInput<SalesImportInput>();
  if (started === undefined) throw new Error('An import begins with its input');
  let tally = nothingPlaced;
  let gaveUp: string | undefined;
  for (const page of pagesOf(started)) {
    const answer = yield* place(df.callActivityWithRetry(salesImportRun.place, retry, page));
    if (answer.outcome === 'gave-up') {
      gaveUp = answer.detail;
      break;
    }
    // No repeat mends it: the import fails, and becomes a dead letter.
    if (answer.outcome === 'failed') throw new Error(answer.detail);
    tally = addTally(tally, answer);
  }
  const ended: ImportEnd = { placed: tally.placed, ...(gaveUp === undefined ? {} : { gaveUp }) };
  const report: ReportInput = { ...started, tally, ...(gaveUp === undefined ? {} : { gaveUp }) };
  yield df.callActivityWithRetry(salesImportRun.report, retry, report);
  return ended;
});

interface ImportEnd {
  readonly placed: number;
  /** Why it ended before its last page. */
  readonly gaveUp?: string;
}

type Given = PageAnswer | { readonly outcome: 'gave-up'; readonly detail: string };

/** What is still down after the last try is given up. */
function* place(task: Task): Generator<Task, Given, PageAnswer> {
  try {
    return yield task;
  } catch (error) {
    return { outcome: 'gave-up', detail: error instanceof Error ? error.message : String(error) };
  }
}
