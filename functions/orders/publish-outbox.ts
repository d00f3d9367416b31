// A hint comes back some seconds after the events were stored: whatever is still in the order's outbox leaves now.
import { app } from '@azure/functions';
import { writeMetric } from '../../shared/adapters/metrics.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { outboxHint } from '../../shared/contracts/outbox.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { parseWith } from '../../shared/kernel/schema.ts';
import { storageQueues } from '../../shared/kernel/topology.ts';
import { publishOutbox } from '../../shared/kernel/outbox.ts';

app.storageQueue('publishOutbox', {
  connection: 'AzureWebJobsStorage',
  queueName: storageQueues.outboxHints,
  handler: async (hint, context) => {
    const { partition } = parseWith(outboxHint.schema, hint, 'invalid-message', 'The hint');
    const { outbox, outboxSender } = ports();
    const { count, lagMs, failure } = await publishOutbox(outbox, outboxSender, partition);
    writeMetric(context, 'outbox-lag', lagMs, 'ms');
    if (count > 0) context.log(`published ${count} messages that order ${partition} had left`);
    if (failure !== undefined) throw toAppError(failure);
  },
});
