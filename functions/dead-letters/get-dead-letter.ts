// GET /dead-letters/{letterId}: one letter with its body decoded, data that was stored apart in its place, and its history.
import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { claims } from '../../shared/adapters/blobs/claims.ts';
import { letterWithBody } from '../../shared/dead-letters/letter-view.ts';
import { letterIdFrom, letterNotFound } from '../../shared/dead-letters/resubmit.ts';
import { redeem } from '../../shared/kernel/claim-check.ts';

app.http('getDeadLetter', {
  route: 'v1/dead-letters/{letterId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const letterId = letterIdFrom(request.params['letterId']);
    const { deadLetters } = await import('./ports.ts');
    const letter = await deadLetters.get(letterId);
    if (letter === undefined) throw letterNotFound();
    const body = await deadLetters.body(letterId);
    // A check that cannot be redeemed is what there is to see.
    const shown = await redeem(body, claims).catch(() => body);
    return { jsonBody: letterWithBody(letter, shown, await deadLetters.history(letterId)) };
  }),
});
