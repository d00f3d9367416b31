// The orchestration of a batch: while a page is sent, the next one is listed; a new history every so many pages keeps it small.
import { app as durable, getClient, input, RetryOptions, type Task } from 'durable-functions';
import { setTimeout as pass } from 'node:timers/promises';
import { countLetters } from '../../shared/dead-letters/dry-run.ts';
import {
  addTally,
  type Batch,
  type BatchProgress,
  type BatchState,
  listPage,
  nothingDone,
  type Page,
  type PageAnswer,
  resubmitBatchRun as run,
  sendPage,
} from '../../shared/dead-letters/resubmit-batch.ts';

const pagesAHistory = 20;

/** What is down is waited for: 1, 2, 4 … 30 s, for hours. */
const retry = new RetryOptions(1_000, 500);
retry.backoffCoefficient = 2;
retry.maxRetryIntervalInMilliseconds = 30_000;

type Yielded = number | Page | [PageAnswer, Page];

durable.orchestration(run.name, function* ({ df }): Generator<Task, BatchProgress | undefined, Yielded> {
  let state = df.getInput<Batch | BatchState>();
  if (state === undefined) throw new Error('A batch begins with its input');
  const begun: BatchState =
    'total' in state
      ? state
      : { ...state, tally: nothingDone, total: (yield df.callActivityWithRetry(run.count, retry, state)) as number };
  let { tally, continuation } = begun;
  const progress = (stopped: boolean): BatchProgress => ({ ...tally, total: begun.total, stopped });
  df.setCustomStatus(progress(false));
  let page = (yield df.callActivityWithRetry(run.list, retry, begun)) as Page;
  for (let pages = 0; page.ids.length > 0; pages += 1) {
    if (pages === pagesAHistory) {
      df.continueAsNew({ ...begun, tally, ...(continuation === undefined ? {} : { continuation }) });
      return undefined;
    }
    const sending = df.callActivityWithRetry(run.send, retry, { batch: begun, ids: page.ids });
    continuation = page.continuation;
    const listing =
      continuation === undefined ? undefined : df.callActivityWithRetry(run.list, retry, { ...begun, continuation });
    const [sent, next] = (yield df.Task.all(listing === undefined ? [sending] : [sending, listing])) as [
      PageAnswer,
      Page,
    ];
    tally = addTally(tally, sent);
    df.setCustomStatus(progress(sent.stopped));
    if (sent.stopped || next === undefined) return progress(sent.stopped);
    page = next;
  }
  return progress(false);
});

durable.activity(run.count, {
  handler: async ({ filter }: Batch) => {
    const { deadLetters } = await import('./ports.ts');
    return await countLetters({ letters: deadLetters }, filter);
  },
});

durable.activity(run.list, {
  handler: async (state: BatchState) => {
    const { deadLetters } = await import('./ports.ts');
    return await listPage(deadLetters, state);
  },
});

durable.activity(run.send, {
  extraInputs: [input.durableClient()],
  handler: async (
    { batch, ids }: { readonly batch: Batch; readonly ids: readonly string[] },
    context,
  ): Promise<PageAnswer> => {
    const { batchStops } = await import('./ports.ts');
    if (await batchStops.isStopped(batch.batchId)) return { ...nothingDone, stopped: true };
    const { resubmitPorts } = await import('./resubmit-ports.ts');
    const tally = await sendPage({ ...resubmitPorts(getClient(context)), pass }, batch, ids);
    return { ...tally, stopped: false };
  },
});
