// What the app answers about dead letters.
import type { CauseGroup, DeadLetter, DeadLetterEntry, DeadLetterFilter } from '../shared/dead-letters/dead-letter.ts';
import type { DryRun, FilterDryRun } from '../shared/dead-letters/dry-run.ts';
import type { BodyView } from '../shared/dead-letters/letter-view.ts';
import { type App, ask } from './ask.ts';

export type WholeLetter = DeadLetter & BodyView & { readonly history: readonly DeadLetterEntry[] };

export interface Batch {
  readonly id: string;
  readonly state: 'running' | 'stopping' | 'completed' | 'stopped' | 'failed';
  readonly done: number;
  readonly failed: number;
  /** Somebody else saw to them meanwhile. */
  readonly skipped: number;
  /** Undefined until they are counted. */
  readonly total?: number;
  readonly ratePerSecond: number;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly continuation?: string;
}

const path = (...parts: readonly string[]): string => ['dead-letters', ...parts.map(encodeURIComponent)].join('/');

const withQuery = (query: Readonly<Record<string, string | undefined>>): string => {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${path()}?${new URLSearchParams(set).toString()}`;
};

const pageSize = 100;

/** The newest `limit` of the filter, and whether there are more. */
export async function listLetters(app: App, filter: DeadLetterFilter, limit: number) {
  const letters: DeadLetter[] = [];
  let continuation: string | undefined;
  do {
    const size = String(Math.min(pageSize, limit - letters.length));
    const page: Page<DeadLetter> = await ask(app, 'GET', withQuery({ ...filter, limit: size, continuation }));
    letters.push(...page.items);
    continuation = page.continuation;
  } while (continuation !== undefined && letters.length < limit);
  return { letters, hasMore: continuation !== undefined };
}

export const listGroups = async (app: App, state: string): Promise<readonly CauseGroup[]> =>
  (await ask<Page<CauseGroup>>(app, 'GET', withQuery({ state, groupBy: 'cause' }))).items;

export const getLetter = (app: App, id: string): Promise<WholeLetter> => ask(app, 'GET', path(id));

export interface Resubmission {
  readonly body?: unknown;
  readonly note?: string | undefined;
}

export const dryRun = (app: App, id: string, wish: Resubmission): Promise<DryRun> =>
  ask(app, 'POST', path(id, 'resubmit'), { ...wish, dryRun: true });

export const resubmit = (app: App, id: string, wish: Resubmission): Promise<DeadLetter> =>
  ask(app, 'POST', path(id, 'resubmit'), wish);

export const discard = (app: App, id: string, reason: string): Promise<DeadLetter> =>
  ask(app, 'POST', path(id, 'discard'), { reason });

export interface BatchWish {
  readonly filter: DeadLetterFilter;
  /** The app's default without it. */
  readonly ratePerSecond?: number;
  readonly note?: string;
}

export const dryRunBatch = (app: App, wish: BatchWish): Promise<FilterDryRun> =>
  ask(app, 'POST', path('resubmit'), { ...wish, dryRun: true });

export const startBatch = (app: App, wish: BatchWish): Promise<Pick<Batch, 'id'>> =>
  ask(app, 'POST', path('resubmit'), wish);

export const getBatch = (app: App, id: string): Promise<Batch> => ask(app, 'GET', path('batches', id));

export const stopBatch = (app: App, id: string): Promise<Batch> => ask(app, 'POST', path('batches', id, 'stop'));

/** Takes what the processor of dead letters gave up itself into the same store. Answers how many. */
export async function drain(app: App): Promise<number> {
  for (let count = 0; ; ) {
    const { drained, isMore }: { drained: number; isMore: boolean } = await ask(app, 'POST', path('drain'));
    count += drained;
    if (!isMore) return count;
  }
}
