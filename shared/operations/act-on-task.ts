// What a person decides about a task: noted, done, noted again. Every part may be done twice, so whoever died half-way is followed by
// asking for the same again.
import { AppError, toAppError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import {
  type Act,
  type Closing,
  closings,
  decideBegin,
  decideClose,
  decideFailed,
  type OperatorTask,
  type TaskChange,
} from './operator-task.ts';
import type { TaskStore } from './task-store.ts';

/** What the decision means where the task comes from. Idempotent; throws when it cannot be carried out. */
export type TaskWork = (task: OperatorTask, closedAs: Closing) => Promise<void>;

/** An id of any other form names nothing. @throws AppError task-not-found */
export function taskIdFrom(text: string | undefined): string {
  if (text === undefined || !isUuid(text)) throw taskNotFound();
  return text;
}

export const taskNotFound = (): AppError => new AppError('task-not-found', 'There is no operator task of this id');

/**
 * Answers the closed task. One that was closed in this very way stays as it is.
 * @throws AppError task-not-found, task-closed, task-busy, and what the work throws
 */
export async function actOnTask(
  { tasks, now }: { readonly tasks: TaskStore; readonly now: () => number },
  taskId: string,
  wanted: Omit<Act, 'at'>,
  work: TaskWork,
): Promise<OperatorTask> {
  const change = async (decide: (task: OperatorTask, act: Act) => TaskChange | undefined): Promise<OperatorTask> => {
    const act = { ...wanted, at: new Date(now()).toISOString() };
    const task = await tasks.change(taskId, (before) => before && decide(before, act));
    if (task === undefined) throw taskNotFound();
    return task;
  };
  const task = await change(decideBegin);
  if (task.state === 'closed') return task;
  try {
    await work(task, closings[wanted.action]);
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    await change((open, act) => decideFailed(open, act, `${code}: ${message}`));
    throw thrown;
  }
  return await change(decideClose);
}
