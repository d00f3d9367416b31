// Stored first, told after: who dies between the two raises the task again and tells of it then, under the same id.
import { operatorTaskRaised } from '../contracts/operations.ts';
import { type CloudEvent, toCloudEvent } from '../kernel/cloud-event.ts';
import { deterministicId } from '../kernel/ids.ts';
import { decideRaise, decideTold, type OperatorTask, taskIdOf, type TaskWish } from './operator-task.ts';
import type { TaskStore } from './task-store.ts';

export interface TaskPorts {
  readonly tasks: TaskStore;
  /** Throws AppError events-unavailable. */
  readonly tell: (event: CloudEvent<object>) => Promise<void>;
  readonly now: () => number;
}

/**
 * Something waits for a person. The same wish twice is one task, and operators are told of it once.
 * @throws AppError storage-unavailable, events-unavailable: raise it again
 */
export async function raiseTask({ tasks, tell, now }: TaskPorts, wish: TaskWish): Promise<void> {
  const at = new Date(now()).toISOString();
  const task = await tasks.change(taskIdOf(wish), (before) => decideRaise(before, wish, at));
  if (task === undefined || task.state === 'closed' || task.told === task.raised) return;
  await tell(toldOf(task));
  await tasks.change(task.taskId, (told) => told && decideTold(told, task.raised));
}

const toldOf = ({ taskId, kind, subject, step, detail, raised, raisedAt }: OperatorTask): CloudEvent<object> =>
  toCloudEvent({
    id: deterministicId('operator-task-raised', taskId, String(raised)),
    type: operatorTaskRaised.type,
    subject: taskId,
    time: raisedAt,
    data: { taskId, kind, subject, ...(step === undefined ? {} : { step }), detail, raised },
  });
