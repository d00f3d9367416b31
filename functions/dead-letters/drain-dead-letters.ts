// POST /dead-letters/drain: what the queue of dead letters itself gave up becomes letters too. While `isMore`, ask again.
import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readOptionalJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import { drainDeadLetters } from './drain.ts';

app.http('drainDeadLetters', {
  route: 'v1/dead-letters/drain',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request, context) => {
    const { bytes } = await readOptionalJson(request, z.strictObject({}));
    return await answerOnce({ name: 'drain-dead-letters', keeps: 'month' }, request, bytes, async () => {
      const { arrivalPorts } = await import('./arrival-ports.ts');
      return { jsonBody: { ...(await drainDeadLetters(arrivalPorts(context))) } };
    });
  }),
});
