// A hint comes back some seconds after the events were stored: whatever is still in the order's outbox leaves now.
import { app } from '@azure/functions';
import { ports } from '../../shared/adapters/ports.ts';
import { outboxHint } from '../../shared/contracts/outbox.ts';
import { parseWith } from '../../shared/kernel/schema.ts';
import { storageQueues } from '../../shared/kernel/topology.ts';
import { publishOutbox } from '../../shared/kernel/outbox.ts';

app.storageQueue('publishOutbox', {
  connection: 'AzureWebJobsStorage',
  queueName: storageQueues.outboxHints,
  handler: async (hint, context) => {
    const { partition } = parseWith(outboxHint.schema, hint, 'invalid-message', 'The hint');
    const { outbox, outboxSender } = ports();
    const left = await publishOutbox(outbox, outboxSender, partition);
    if (left > 0) context.log(`published ${left} messages that order ${partition} had left`);
  },
});
