// Once a night: claims older than any message that may still carry their check, dead letters included; and the sales of imports
// that ended without removing them.
import { app } from '@azure/functions';
import { claims } from '../shared/adapters/blobs/claims.ts';
import { settings } from '../shared/adapters/environment.ts';

const dayMs = 24 * 3_600_000;
/** An import waits a day for what is down, and then gives up. */
const importDays = 2;

app.timer('collectClaimChecks', {
  schedule: '0 45 3 * * *',
  handler: async (_timer, context) => {
    const { importFiles } = await import('./imports/ports.ts');
    const collected = await claims.collect(new Date(Date.now() - settings().CLAIM_CHECK_DAYS * dayMs));
    const imports = await importFiles.collect(new Date(Date.now() - importDays * dayMs));
    context.log(`collected ${collected} claims and the sales of ${imports} imports`);
  },
});
