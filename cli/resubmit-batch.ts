// All letters of a filter are sent again, at a rate. The app does it, whether anybody looks on or not; Ctrl-C stops it.
import { setTimeout as wait } from 'node:timers/promises';
import type { App } from './ask.ts';
import { CommandError } from './command.ts';
import { type Batch, type BatchWish, dryRunBatch, getBatch, startBatch, stopBatch } from './dead-letters-api.ts';
import { progress } from './progress.ts';
import { filterDryRunText } from './show-dead-letters.ts';

const pollMs = 500;

/** Answers the exit code. */
export async function resubmitBatch(app: App, wish: BatchWish, isDryRun: boolean): Promise<number> {
  if (isDryRun) {
    const answer = await dryRunBatch(app, wish);
    console.log(filterDryRunText(answer));
    return answer.wouldSucceed === answer.examined ? 0 : 1;
  }
  const { id } = await startBatch(app, wish);
  console.error(`Batch ${id}; Ctrl-C stops it`);
  return await followBatch(app, id);
}

/** Shows how far a batch is until it ends. Answers the exit code. */
export async function followBatch(app: App, id: string): Promise<number> {
  const stop = (): void => {
    console.error('\nStopping …');
    void stopBatch(app, id).catch((error: unknown) => console.error(told(error)));
  };
  process.once('SIGINT', stop);
  try {
    return end(await untilEnded(app, id));
  } catch (error) {
    throw new CommandError(`${told(error)}\nThe batch goes on: npm run dead-letters -- follow ${id}`, { cause: error });
  } finally {
    process.off('SIGINT', stop);
  }
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function untilEnded(app: App, id: string): Promise<Batch> {
  const show = progress();
  for (;;) {
    const batch = await getBatch(app, id);
    const { state, done, failed, skipped, total, ratePerSecond } = batch;
    const isEnded = state !== 'running' && state !== 'stopping';
    const seen = done + failed + skipped;
    const part = state === 'completed' ? 1 : Math.min(seen / Math.max(total ?? 1, 1), 0.999);
    const faults = failed === 0 ? '' : `, ${failed} failed`;
    if (total !== undefined) show(part, `${seen} of ${total} at ${ratePerSecond}/s${faults}`);
    if (isEnded) return batch;
    await wait(pollMs);
  }
}

function end({ state, done, failed, skipped, total = 0 }: Batch): number {
  const counted = `${done} of ${total} were sent again`;
  if (skipped > 0) console.log(`${skipped} were seen to by somebody else meanwhile`);
  if (failed > 0) console.log(`${failed} could not be sent: they are open still, and the history of each says why`);
  if (state === 'completed') console.log(counted);
  else console.log(`${state}: ${counted}; the others are as they were. Give the same command to go on`);
  return state === 'completed' && failed === 0 ? 0 : 1;
}
