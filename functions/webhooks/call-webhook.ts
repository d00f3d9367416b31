// One event to one receiver: tried again by the settlement rule for a day, then a dead letter that can be sent again.
import { app } from '@azure/functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { signWebhook } from '../../shared/adapters/webhooks/sign-webhook.ts';
import { callWebhook } from '../../shared/contracts/webhooks.ts';
import { queues } from '../../shared/kernel/topology.ts';

app.serviceBusQueue('callWebhook', {
  ...queueTrigger(queues.webhookCalls),
  handler: messageHandler({
    queue: queues.webhookCalls,
    contracts: [callWebhook],
    handle: async ({ data: { webhookId, event } }, context) => {
      const { webhooks, postToWebhook } = await import('./ports.ts');
      const webhook = await webhooks.get(webhookId);
      if (webhook === undefined) return context.log(`webhook ${webhookId} was removed: nothing is posted`);
      const answer = await postToWebhook(
        webhook.url,
        signWebhook({ specversion: '1.0', ...event }, webhook.secret, Date.now()),
      );
      if (answer === 'taken') return;
      await webhooks.remove(webhookId);
      context.warn(`webhook ${webhookId} wants no more (410) and is removed`);
    },
  }),
});
