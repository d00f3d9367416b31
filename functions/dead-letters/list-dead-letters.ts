// GET /dead-letters: the letters, newest first, or with ?groupBy=cause how many there are of each cause.
import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { letterView } from '../../shared/dead-letters/letter-view.ts';
import { filterFields, ungrouped } from './letter-filter.ts';

const state = z.enum(['open', 'repaired', 'resubmitted', 'discarded']);
const query = z.object({
  state: state.optional(),
  groupBy: z.literal('cause').optional(),
  ...filterFields,
  ...pageQuery,
});

app.http('listDeadLetters', {
  route: 'v1/dead-letters',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { groupBy, limit, continuation, ...filter } = readQuery(request, query);
    const { deadLetters } = await import('./ports.ts');
    if (groupBy !== undefined) return { jsonBody: { items: await deadLetters.groups(ungrouped(filter)) } };
    const { items, ...rest } = await deadLetters.list(filter, { limit, continuation });
    return { jsonBody: { items: items.map(letterView), ...rest } };
  }),
});
