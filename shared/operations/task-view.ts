import type { OperatorTask, TaskEntry } from './operator-task.ts';

/** A task as the API shows it, alone with its history. */
export const taskView = ({ told: _told, ...task }: OperatorTask, history?: readonly TaskEntry[]) => ({
  ...task,
  ...(history === undefined ? {} : { history }),
});
