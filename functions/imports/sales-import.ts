// The orchestrator: page after page of the file becomes orders, then whoever sent it is told.
import { RetryOptions, app as durable, type Task } from 'durable-functions';
import {
  addTally,
  nothingPlaced,
  type PageAnswer,
  pagesOf,
  type SalesImportInput,
  salesImportRun,
} from '../../shared/imports/sales-import.ts';
import type { Tally } from '../../shared/imports/place-sales.ts';

/** What is down is waited for like a message waits: 1, 2, 4 … 30 s, a day in all. */
const retry = new RetryOptions(1_000, 2_880);
retry.backoffCoefficient = 2;
retry.maxRetryIntervalInMilliseconds = 30_000;

durable.orchestration(salesImportRun.name, function* ({ df }): Generator<Task, Omit<Tally, 'rejected'>, PageAnswer> {
  const started = df.getInput<SalesImportInput>();
  if (started === undefined) throw new Error('An import begins with its input');
  let tally = nothingPlaced;
  for (const page of pagesOf(started)) {
    const answer: PageAnswer = yield df.callActivityWithRetry(salesImportRun.place, retry, page);
    if (answer.outcome === 'failed') throw new Error(answer.detail);
    tally = addTally(tally, answer);
  }
  yield df.callActivityWithRetry(salesImportRun.report, retry, { ...started, tally });
  return { placed: tally.placed };
});
