// A task whose cause is gone is closed by Millrace itself, with a line in its history that says why.
import { decideClose } from './operator-task.ts';
import type { TaskStore } from './task-store.ts';

/** Nothing where it is closed already. @throws AppError storage-unavailable, concurrent-change */
export async function closeTask(
  { tasks, now }: { readonly tasks: TaskStore; readonly now: () => number },
  taskId: string,
  note: string,
): Promise<void> {
  const act = { action: 'resolve', by: 'millrace', note, at: new Date(now()).toISOString() } as const;
  await tasks.change(taskId, (task) => (task?.state === 'open' ? decideClose(task, act) : undefined));
}
