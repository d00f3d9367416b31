// The net below the net: once a night, whatever neither the writer nor its hint published.
import { app } from '@azure/functions';
import { ports } from '../../shared/adapters/ports.ts';
import { publishOutbox } from '../../shared/kernel/outbox.ts';

const graceMs = 10 * 60_000;

app.timer('sweepOutbox', {
  schedule: '0 15 3 * * *',
  handler: async (_timer, context) => {
    const { outbox, outboxSender } = ports();
    let published = 0;
    for await (const partition of outbox.partitionsWaiting(new Date(Date.now() - graceMs).toISOString())) {
      published += await publishOutbox(outbox, outboxSender, partition);
    }
    context.log(`the sweep published ${published} messages`);
  },
});
