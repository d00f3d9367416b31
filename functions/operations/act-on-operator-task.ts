// POST /operator-tasks/{taskId}/retry, /skip and /resolve: an operator decides, and it is done in the request.
import { app } from '@azure/functions';
import { z } from 'zod';
import { callerOf } from '../../shared/adapters/functions/caller.ts';
import { httpEndpoint, readOptionalJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import { actOnTask, taskIdFrom, type TaskWork } from '../../shared/operations/act-on-task.ts';
import type { TaskAction, TaskKind } from '../../shared/operations/operator-task.ts';
import { taskView } from '../../shared/operations/task-view.ts';
import { undos } from '../payment-saga/undos.ts';
import { resolveCompensation } from './resolve-compensation.ts';
import { paragraphs } from '../../shared/kernel/text.ts';

const note = paragraphs(1_000);

/** Whoever leaves something undone says why. */
const bodies: Readonly<Record<TaskAction, z.ZodType<{ note?: string | undefined }>>> = {
  retry: z.strictObject({ note: note.optional() }),
  skip: z.strictObject({ note }),
  resolve: z.strictObject({ note }),
};

const works: Readonly<Record<TaskKind, TaskWork>> = {
  compensation: async (task, how) => {
    const { orderChanges } = await import('../orders/ports.ts');
    return await resolveCompensation({ orderChanges, undos }, task, how);
  },
  /** The next run looks again, and raises again what it still finds. */
  reconciliation: async () => {},
};

for (const action of ['retry', 'skip', 'resolve'] as const) {
  app.http(`${action}OperatorTask`, {
    route: `v1/operator-tasks/{taskId}/${action}`,
    methods: ['POST'],
    authLevel: 'anonymous',
    handler: httpEndpoint(async (request) => {
      const taskId = taskIdFrom(request.params['taskId']);
      const { value, bytes } = await readOptionalJson(request, bodies[action]);
      const act = { action, by: callerOf(request), ...(value.note === undefined ? {} : { note: value.note }) };
      return await answerOnce({ name: `${action}-operator-task`, keeps: 'month' }, request, bytes, async () => {
        const { tasks } = await import('./ports.ts');
        const taskPorts = { tasks, now: Date.now };
        const task = await actOnTask(taskPorts, taskId, act, (open, how) => works[open.kind](open, how));
        return { jsonBody: taskView(task) };
      });
    }),
  });
}
