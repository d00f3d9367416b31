// DELETE /webhooks/{webhookId}: what is on its way to it is not posted any more.
import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { webhookIdFrom, webhookNotFound } from '../../shared/webhooks/webhook.ts';

app.http('removeWebhook', {
  route: 'v1/webhooks/{webhookId}',
  methods: ['DELETE'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { webhooks } = await import('./ports.ts');
    if (!(await webhooks.remove(webhookIdFrom(request.params['webhookId'])))) throw webhookNotFound();
    return { status: 204 };
  }),
});
