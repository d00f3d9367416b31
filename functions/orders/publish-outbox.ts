// A hint comes back some seconds after the events were stored: whatever is still in the orders' outboxes leaves now.
import { app } from '@azure/functions';
import { writeMetric } from '../../shared/adapters/metrics.ts';
import { outboxSender } from '../../shared/adapters/messaging/outbox-sender.ts';
import { outboxHint } from '../../shared/contracts/outbox.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { parseWith } from '../../shared/kernel/schema.ts';
import { storageQueues } from '../../shared/kernel/topology.ts';
import { publishOutbox } from '../../shared/kernel/outbox.ts';

const atOnce = 8;

app.storageQueue('publishOutbox', {
  connection: 'AzureWebJobsStorage',
  queueName: storageQueues.outboxHints,
  handler: async (hint, context) => {
    const { partition: first, also = [] } = parseWith(outboxHint.schema, hint, 'invalid-message', 'The hint');
    const { outbox } = await import('./ports.ts');
    const { signals } = await import('../operations/ports.ts');
    const failures: unknown[] = [];
    let worstLagMs = 0;
    await forEachAtOnce([first, ...also], atOnce, async (partition) => {
      const { count, lagMs, failure } = await publishOutbox(outbox, outboxSender, partition);
      worstLagMs = Math.max(worstLagMs, lagMs);
      if (count > 0) context.log(`published ${count} messages that order ${partition} had left`);
      if (failure === undefined) return;
      failures.push(failure);
      await signals.suspect(partition);
    });
    writeMetric(context, { name: 'outbox-lag', value: worstLagMs });
    if (failures.length > 0) throw toAppError(failures[0]);
  },
});
