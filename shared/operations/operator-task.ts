// What waits for a person. A task is raised once however often its cause is seen, and closed by one of three actions; its history
// says who did what.
import type { z } from 'zod';
import type { taskKindSchema } from '../contracts/operations.ts';
import { AppError } from '../kernel/errors.ts';
import { deterministicId } from '../kernel/ids.ts';

export type TaskKind = z.infer<typeof taskKindSchema>;
export type TaskState = 'open' | 'closed';
export type TaskAction = 'retry' | 'skip' | 'resolve';

/** What a task is closed as: the work was done after all, left undone, or done by hand elsewhere. */
export const closings = { retry: 'retried', skip: 'skipped', resolve: 'resolved' } as const;
export type Closing = (typeof closings)[TaskAction];

export interface TaskWish {
  readonly kind: TaskKind;
  /** The id of an order, mostly. */
  readonly subject: string;
  /** The activity that failed. */
  readonly step?: string;
  readonly detail: string;
}

export interface OperatorTask extends TaskWish {
  readonly taskId: string;
  readonly state: TaskState;
  readonly closedAs?: Closing;
  /** The action that is under way. */
  readonly held?: { readonly action: TaskAction; readonly until: string };
  /** How often it was opened, at least once. */
  readonly raised: number;
  /** The last of these that operators were told of. */
  readonly told: number;
  readonly raisedAt: string;
  readonly updatedAt: string;
}

export interface TaskEntry {
  readonly at: string;
  readonly by: string;
  readonly action: 'raise' | TaskAction;
  readonly note?: string;
  /** `begun` is stored before anything is moved, so that an action that dies has left its trace. */
  readonly outcome: 'opened' | 'begun' | 'failed' | Closing;
  /** Why it failed. */
  readonly detail?: string;
}

export interface TaskChange {
  readonly task: OperatorTask;
  readonly entry?: TaskEntry;
}

/** Who acts, and what they say of it. */
export interface Act {
  readonly action: TaskAction;
  readonly by: string;
  readonly note?: string;
  readonly at: string;
}

const detailLimit = 1_000;

/** An action that has said nothing for so long is dead: a request lives for 230 s at most [Azure Functions scale and hosting]. */
const holdMs = 240_000;

/** The same wish is the same task. */
export const taskIdOf = ({ kind, subject, step = '' }: TaskWish): string =>
  deterministicId('operator-task', kind, subject, step);

/**
 * A task that is open stays as it is. A closed one whose cause is seen again is opened again, unless a person decided to leave it
 * as it is.
 */
export function decideRaise(task: OperatorTask | undefined, wish: TaskWish, at: string): TaskChange | undefined {
  if (task?.state === 'open' || task?.closedAs === 'skipped') return undefined;
  const { kind, subject, step } = wish;
  const detail = wish.detail.slice(0, detailLimit);
  return {
    task: {
      taskId: taskIdOf(wish),
      kind,
      subject,
      ...(step === undefined ? {} : { step }),
      detail,
      state: 'open',
      raised: (task?.raised ?? 0) + 1,
      told: task?.told ?? 0,
      raisedAt: at,
      updatedAt: at,
    },
    entry: { at, by: 'millrace', action: 'raise', outcome: 'opened', detail },
  };
}

/** Operators know of the opening of this number. */
export const decideTold = (task: OperatorTask, raised: number): TaskChange | undefined =>
  task.told >= raised ? undefined : { task: { ...task, told: raised } };

/**
 * An action begins: until it ends, or was given up for dead, no other may. The same one may, for all of them are idempotent.
 * Undefined for a task that was closed in this very way: a repeat.
 * @throws AppError task-closed, task-busy
 */
export function decideBegin(task: OperatorTask, { at, ...act }: Act): TaskChange | undefined {
  if (task.state === 'closed') return closedBefore(task, act.action);
  const { held } = task;
  if (held !== undefined && held.action !== act.action && held.until > at) {
    const retryAfterMs = Date.parse(held.until) - Date.parse(at);
    throw new AppError('task-busy', `Another ${held.action} is under way: wait for its end`, { retryAfterMs });
  }
  const until = new Date(Date.parse(at) + holdMs).toISOString();
  return {
    task: { ...task, held: { action: act.action, until }, updatedAt: at },
    entry: { at, ...act, outcome: 'begun' },
  };
}

/** The action came to nothing; the task stays open. */
export function decideFailed(task: OperatorTask, { at, ...act }: Act, detail: string): TaskChange | undefined {
  if (task.state === 'closed') return undefined;
  const { held: _ended, ...open } = task;
  const entry: TaskEntry = { at, ...act, outcome: 'failed', detail: detail.slice(0, detailLimit) };
  return { task: { ...open, updatedAt: at }, entry };
}

/** @throws AppError task-closed */
export function decideClose(task: OperatorTask, { at, ...act }: Act): TaskChange | undefined {
  if (task.state === 'closed') return closedBefore(task, act.action);
  const { held: _ended, ...open } = task;
  const closedAs = closings[act.action];
  return { task: { ...open, state: 'closed', closedAs, updatedAt: at }, entry: { at, ...act, outcome: closedAs } };
}

function closedBefore({ closedAs, updatedAt }: OperatorTask, action: TaskAction): undefined {
  if (closedAs === closings[action]) return undefined;
  throw new AppError('task-closed', `The task was ${closedAs} at ${updatedAt}: its history says by whom`);
}
