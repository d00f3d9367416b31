// Once a night: claims older than any message that may still carry their check, dead letters included.
import { app } from '@azure/functions';
import { ports } from '../shared/adapters/ports.ts';

const dayMs = 24 * 3_600_000;

app.timer('collectClaimChecks', {
  schedule: '0 45 3 * * *',
  handler: async (_timer, context) => {
    const { claims, settings } = ports();
    const collected = await claims.collect(new Date(Date.now() - settings.CLAIM_CHECK_DAYS * dayMs));
    context.log(`collected ${collected} claims`);
  },
});
