import { ask, post } from './ask.ts';

export interface CauseGroup {
  readonly cause: string;
  readonly count: number;
  readonly oldestAt: string;
}

export interface DeadLetter {
  readonly id: string;
  readonly state: string;
  readonly cause: string;
  readonly sourceEntity: string;
  readonly reason: string;
  readonly description: string;
  readonly originalId: string;
  /** What it is about, of messages of the app. */
  readonly correlationId?: string;
  readonly type?: string;
  readonly resubmissions: number;
  readonly arrivedAt: string;
  readonly updatedAt: string;
}

export interface LetterEntry {
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly outcome: string;
  readonly note?: string;
  readonly detail?: string;
}

export interface WholeLetter extends DeadLetter {
  readonly body: unknown;
  readonly bodyEncoding: 'json' | 'text' | 'base64';
  readonly history: readonly LetterEntry[];
}

export interface DryRun {
  readonly wouldSucceed: boolean;
  readonly problems: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
}

const letters = '/api/v1/dead-letters';

const items = async <T>(query: Readonly<Record<string, string>>): Promise<readonly T[]> =>
  (await ask<{ items: readonly T[] }>(`${letters}?${new URLSearchParams(query)}`)).items;

export const openGroups = () => items<CauseGroup>({ state: 'open', groupBy: 'cause' });

/** Newest first; of every cause and state without one. */
export const lettersOf = (cause: string) =>
  items<DeadLetter>({ limit: '50', ...(cause === '' ? {} : { cause, state: 'open' }) });

export const deadLetter = (id: string) => ask<WholeLetter>(`${letters}/${id}`);

interface Edit {
  readonly body?: unknown;
}

export const dryRun = (id: string, edit: Edit) =>
  ask<DryRun>(`${letters}/${id}/resubmit`, post({ ...edit, dryRun: true }));

export const resubmit = (id: string, edit: Edit) => ask<DeadLetter>(`${letters}/${id}/resubmit`, post(edit));

export const discard = (id: string, reason: string) => ask<DeadLetter>(`${letters}/${id}/discard`, post({ reason }));
