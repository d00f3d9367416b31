// Once a night: claims on an Idempotency-Key that are no longer kept.
import { requestClaims } from '../shared/adapters/functions/run-once.ts';
import { app } from '@azure/functions';

app.timer('collectRequestClaims', {
  schedule: '0 50 3 * * *',
  handler: async (_timer, context) => {
    const claims = await requestClaims();
    context.log(`collected ${await claims.collect()} request claims`);
  },
});
