// What the app answers about dead letters.
import type { CauseGroup, DeadLetter, DeadLetterEntry, DeadLetterFilter } from '../shared/dead-letters/dead-letter.ts';
import { type App, ask } from './ask.ts';

export interface WholeLetter extends DeadLetter {
  readonly body: unknown;
  /** How `body` is to be read. */
  readonly bodyEncoding: 'json' | 'text' | 'base64';
  readonly history: readonly DeadLetterEntry[];
}

export interface Problem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface DryRun {
  readonly wouldSucceed: boolean;
  readonly problems: readonly Problem[];
}

export interface BatchDryRun {
  readonly count: number;
  readonly wouldSucceed: number;
  readonly problems: readonly (Problem & { readonly count: number })[];
}

export interface Batch {
  readonly id: string;
  readonly state: 'running' | 'completed' | 'stopped' | 'failed';
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly ratePerSecond: number;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly continuation?: string;
}

const path = (...parts: readonly string[]): string => ['dead-letters', ...parts.map(encodeURIComponent)].join('/');

const withQuery = (query: Readonly<Record<string, string | undefined>>): string => {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${path()}?${new URLSearchParams(set)}`;
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
}

export const dryRunBatch = (app: App, wish: BatchWish): Promise<BatchDryRun> =>
  ask(app, 'POST', path('resubmit'), { ...wish, dryRun: true });

export const startBatch = (app: App, wish: BatchWish): Promise<Batch> => ask(app, 'POST', path('resubmit'), wish);

export const getBatch = (app: App, id: string): Promise<Batch> => ask(app, 'GET', path('batches', id));

export const stopBatch = (app: App, id: string): Promise<Batch> => ask(app, 'POST', path('batches', id, 'stop'));

/** Takes what the processor of dead letters gave up itself into the same store. */
export const drain = (app: App): Promise<{ readonly drained: number }> => ask(app, 'POST', path('drain'));
