// A batch: every open letter that a filter finds, resubmitted at a rate. Which letters a page has is settled before the first of them is
// sent, so that a page that runs again finds the same ones and sends none of them twice.
import { toAppError } from '../kernel/errors.ts';
import { forEachAtOnce } from '../kernel/for-each-at-once.ts';
import type { DeadLetterFilter } from './dead-letter.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { isDone } from './resubmission.ts';
import { resubmitLetter, type ResubmitPorts } from './resubmit.ts';

/** Names of the orchestration and its activities. */
export const resubmitBatchRun = {
  name: 'resubmit-dead-letters',
  count: 'count-dead-letters',
  list: 'list-dead-letter-page',
  send: 'resubmit-dead-letter-page',
} as const;

export const rates = { least: 1, most: 500, usual: 50 } as const;

export interface Tally {
  readonly done: number;
  /** The letter says why. */
  readonly failed: number;
  /** Somebody else saw to the letter meanwhile. */
  readonly skipped: number;
}

export interface Batch {
  readonly batchId: string;
  /** Of the open letters that were there when it began. */
  readonly filter: DeadLetterFilter;
  /** 1 to 500. */
  readonly ratePerSecond: number;
  readonly by: string;
  readonly note?: string;
  readonly startedAt: string;
}

/** What the orchestration hands on. */
export interface BatchState extends Batch {
  readonly total: number;
  readonly tally: Tally;
  /** Where the next page begins; undefined at the beginning. */
  readonly continuation?: string;
}

/** The custom status, and the output at the end. */
export type BatchProgress = Tally & { readonly total: number; readonly stopped: boolean };

export interface Page {
  readonly ids: readonly string[];
  readonly continuation?: string;
}

export type PageAnswer = Tally & { readonly stopped: boolean };

export const nothingDone: Tally = { done: 0, failed: 0, skipped: 0 };

export const addTally = (a: Tally, b: Tally): Tally => ({
  done: a.done + b.done,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** One second's worth, so that a stop is heard of within a second. */
const smallestPage = 5;

export async function listPage(
  { list }: Pick<DeadLetterStore, 'list'>,
  { filter, ratePerSecond, continuation }: Pick<BatchState, 'filter' | 'ratePerSecond' | 'continuation'>,
): Promise<Page> {
  const { items, ...rest } = await list(filter, { limit: Math.max(ratePerSecond, smallestPage), continuation });
  return { ids: items.map(({ id }) => id), ...rest };
}

const atOnce = 32;

/**
 * Sends the letters at the batch's rate. What passes is thrown, for the page to run again; what is the letter's own is counted.
 * @throws AppError of kind transient
 */
export async function sendPage(
  ports: ResubmitPorts & { readonly pass: (ms: number) => Promise<unknown> },
  { batchId, by, note, ratePerSecond }: Batch,
  ids: readonly string[],
): Promise<Tally> {
  const startedAt = ports.now();
  const wish = { action: batchId, by, ...(note === undefined ? {} : { note }) };
  let tally = nothingDone;
  await forEachAtOnce(ids.entries(), atOnce, async ([place, id]) => {
    const earlyMs = startedAt + (place * 1000) / ratePerSecond - ports.now();
    if (earlyMs > 0) await ports.pass(earlyMs);
    // Waited for first: others add theirs meanwhile.
    const outcome = await sendOne(ports, id, wish);
    tally = addTally(tally, outcome);
  });
  const earlyMs = startedAt + (ids.length * 1000) / ratePerSecond - ports.now();
  if (earlyMs > 0) await ports.pass(earlyMs);
  return tally;
}

const one = { done: { ...nothingDone, done: 1 }, failed: { ...nothingDone, failed: 1 } };
const skipped = { ...nothingDone, skipped: 1 };

async function sendOne(
  ports: ResubmitPorts,
  id: string,
  wish: { readonly action: string; readonly by: string; readonly note?: string },
): Promise<Tally> {
  try {
    const letter = await resubmitLetter(ports, id, wish);
    return isDone(letter, wish.action) ? one.done : skipped;
  } catch (thrown) {
    const { code, kind } = toAppError(thrown);
    if (['dead-letter-closed', 'dead-letter-busy', 'dead-letter-not-found'].includes(code)) return skipped;
    if (kind === 'transient') throw thrown;
    return one.failed;
  }
}
