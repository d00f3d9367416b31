// Once a night: claims on an Idempotency-Key that are no longer kept.
import { app } from '@azure/functions';
import { ports } from '../shared/adapters/ports.ts';

app.timer('collectRequestClaims', {
  schedule: '0 50 3 * * *',
  handler: async (_timer, context) => {
    context.log(`collected ${await ports().requestClaims.collect()} request claims`);
  },
});
