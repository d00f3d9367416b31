import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { taskIdFrom, taskNotFound } from '../../shared/operations/act-on-task.ts';
import { taskView } from '../../shared/operations/task-view.ts';

app.http('getOperatorTask', {
  route: 'v1/operator-tasks/{taskId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const taskId = taskIdFrom(request.params['taskId']);
    const { tasks } = await import('./ports.ts');
    const task = await tasks.get(taskId);
    if (task === undefined) throw taskNotFound();
    return { jsonBody: taskView(task, await tasks.history(taskId)) };
  }),
});
