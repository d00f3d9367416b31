// POST /dead-letters/{letterId}/discard { reason }: it is left as it is, and the history says why.
import { app } from '@azure/functions';
import { z } from 'zod';
import { callerOf } from '../../shared/adapters/functions/caller.ts';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import { letterView } from '../../shared/dead-letters/letter-view.ts';
import { discardLetter, letterIdFrom } from '../../shared/dead-letters/resubmit.ts';
import { paragraphs } from '../../shared/kernel/text.ts';

const bodySchema = z.strictObject({ reason: paragraphs(1_000) });

app.http('discardDeadLetter', {
  route: 'v1/dead-letters/{letterId}/discard',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const letterId = letterIdFrom(request.params['letterId']);
    const { value, bytes } = await readJson(request, bodySchema);
    return await answerOnce({ name: 'discard-dead-letter', keeps: 'month' }, request, bytes, async ({ id: action }) => {
      const act = { action, by: callerOf(request), reason: value.reason };
      const { deadLetters } = await import('./ports.ts');
      const letter = await discardLetter({ letters: deadLetters, now: Date.now }, letterId, act);
      return { jsonBody: letterView(letter) };
    });
  }),
});
