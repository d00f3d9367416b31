import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { taskView } from '../../shared/operations/task-view.ts';

const query = z.object({ state: z.enum(['open', 'closed']).optional(), ...pageQuery });

app.http('listOperatorTasks', {
  route: 'v1/operator-tasks',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { state, ...page } = readQuery(request, query);
    const { tasks } = await import('./ports.ts');
    const { items, ...rest } = await tasks.list(state, page);
    return { jsonBody: { items: items.map((task) => taskView(task)), ...rest } };
  }),
});
