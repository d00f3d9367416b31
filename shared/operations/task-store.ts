import type { OperatorTask, TaskChange, TaskEntry, TaskState } from './operator-task.ts';

/** All throw AppError storage-unavailable. */
export interface TaskStore {
  get(taskId: string): Promise<OperatorTask | undefined>;
  /** Oldest first. */
  history(taskId: string): Promise<readonly TaskEntry[]>;
  /**
   * Stores what `decide` answers for the task as it stands, with its entry in the history, both or neither; decides anew when another
   * writer was quicker. Answers the task as it stands then.
   * @throws AppError concurrent-change, and what `decide` throws
   */
  change(
    taskId: string,
    decide: (task: OperatorTask | undefined) => TaskChange | undefined,
  ): Promise<OperatorTask | undefined>;
  /** Open ones first, each newest first. */
  list(
    state: TaskState | undefined,
    page: { readonly limit: number; readonly continuation?: string | undefined },
  ): Promise<{ readonly items: readonly OperatorTask[]; readonly continuation?: string }>;
}
