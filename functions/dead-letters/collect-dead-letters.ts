// Once a night: closed letters that nothing happened to for long, and bodies whose letter is gone.
import { app } from '@azure/functions';
import { settings } from '../../shared/adapters/environment.ts';
import { containers, tables } from '../../shared/kernel/topology.ts';

const dayMs = 24 * 3_600_000;

app.timer('collectDeadLetters', {
  schedule: '0 55 3 * * *',
  handler: async (_timer, context) => {
    const [{ collectBodies, collectLetters }, { table }, { container }] = await Promise.all([
      import('../../shared/adapters/tables/dead-letter-retention.ts'),
      import('../../shared/adapters/tables/table.ts'),
      import('../../shared/adapters/blobs/blobs.ts'),
    ]);
    const now = new Date();
    const letters = table(tables.deadLetters);
    const before = new Date(now.getTime() - settings().DEAD_LETTER_DAYS * dayMs);
    const collected = await collectLetters(letters, before);
    const bodies = await collectBodies(letters, container(containers.deadLetterBodies), now);
    context.log(`collected ${collected} dead letters and ${bodies} bodies`);
  },
});
