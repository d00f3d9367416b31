// Event Grid tells of an alert; each receiver that wants it gets a message of its own, so that one that is down holds up nobody else.
import { app } from '@azure/functions';
import { eventGridHandler } from '../../shared/adapters/functions/event-grid-handler.ts';
import { outboxSender } from '../../shared/adapters/messaging/outbox-sender.ts';
import { toMessage } from '../../shared/contracts/contract.ts';
import { callWebhook } from '../../shared/contracts/webhooks.ts';
import { readCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { deterministicId } from '../../shared/kernel/ids.ts';
import { wants, webhookContracts } from '../../shared/webhooks/webhook.ts';

app.eventGrid('deliverAlert', {
  handler: eventGridHandler('deliverAlert', async (told) => {
    const { webhooks } = await import('./ports.ts');
    const { id, type, source, subject, time, data } = readCloudEvent(told, webhookContracts);
    const event = { id, type, source, subject, time, data };
    const calls = (await webhooks.list())
      .filter((webhook) => wants(webhook, type))
      .map(({ webhookId }) =>
        toMessage(callWebhook, {
          id: deterministicId('webhook-call', webhookId, id),
          subject: webhookId,
          time,
          data: { webhookId, event },
        }),
      );
    if (calls.length > 0) await outboxSender.send(callWebhook.sentTo.queue, calls);
  }),
});
