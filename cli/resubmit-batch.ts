// All letters of a filter are sent again, at a rate. The app does it, whether anybody looks on or not; Ctrl-C stops it.
import { setTimeout as wait } from 'node:timers/promises';
import type { App } from './ask.ts';
import {
  type Batch,
  type BatchWish,
  dryRunBatch,
  getBatch,
  startBatch,
  stopBatch,
} from './dead-letters-api.ts';
import { progress } from './progress.ts';
import { batchDryRunText } from './show-dead-letters.ts';

const pollMs = 500;

/** Answers the exit code. */
export async function resubmitBatch(app: App, wish: BatchWish, isDryRun: boolean): Promise<number> {
  if (isDryRun) {
    const answer = await dryRunBatch(app, wish);
    console.log(batchDryRunText(answer));
    return answer.wouldSucceed === answer.count ? 0 : 1;
  }
  const { id } = await startBatch(app, wish);
  console.error(`Batch ${id}; Ctrl-C stops it`);
  return await followBatch(app, id);
}

/** Shows how far a batch is until it ends. Answers the exit code. */
export async function followBatch(app: App, id: string): Promise<number> {
  const stop = (): void => {
    console.error('\nStopping …');
    void stopBatch(app, id).catch((error: unknown) => console.error(String(error)));
  };
  process.once('SIGINT', stop);
  try {
    return end(await untilEnded(app, id));
  } finally {
    process.off('SIGINT', stop);
  }
}

async function untilEnded(app: App, id: string): Promise<Batch> {
  const show = progress();
  for (;;) {
    const batch = await getBatch(app, id);
    const { state, done, total, failed, ratePerSecond } = batch;
    const isEnded = state !== 'running';
    const part = isEnded && done === total ? 1 : Math.min(done / Math.max(total, 1), 0.999);
    show(part, `${done} of ${total} at ${ratePerSecond}/s${failed === 0 ? '' : `, ${failed} failed`}`);
    if (isEnded) return batch;
    await wait(pollMs);
  }
}

function end({ state, done, total, failed }: Batch): number {
  const counted = `${done - failed} of ${total} were sent again`;
  if (failed > 0) console.log(`${failed} could not be sent; the history of each says why, and it is open still`);
  if (state === 'completed') console.log(counted);
  else console.log(`${state}: ${counted}; the others are as they were. Give the same command to go on`);
  return state === 'completed' && failed === 0 ? 0 : 1;
}
