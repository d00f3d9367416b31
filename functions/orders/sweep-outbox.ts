// The net below the net: once a night, whatever neither the writer nor its hint published.
import { app } from '@azure/functions';
import { writeMetric } from '../../shared/adapters/metrics.ts';
import { outboxSender } from '../../shared/adapters/messaging/outbox-sender.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { publishOutbox } from '../../shared/kernel/outbox.ts';

const graceMs = 10 * 60_000;

app.timer('sweepOutbox', {
  schedule: '0 15 3 * * *',
  handler: async (_timer, context) => {
    const { outbox } = await import('./ports.ts');
    const { signals } = await import('../operations/ports.ts');
    let published = 0;
    let worstLagMs = 0;
    for await (const partition of outbox.partitionsWaiting(new Date(Date.now() - graceMs).toISOString())) {
      const { count, lagMs, failure } = await publishOutbox(outbox, outboxSender, partition);
      published += count;
      if (failure !== undefined) {
        context.error(`order ${partition}: ${toAppError(failure).message}`);
        await signals.suspect(partition);
      }
      worstLagMs = Math.max(worstLagMs, lagMs);
    }
    writeMetric(context, { name: 'outbox-lag', value: worstLagMs });
    context.log(`the sweep published ${published} messages`);
  },
});
