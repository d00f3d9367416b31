import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { webhookIdFrom, webhookNotFound, webhookView } from '../../shared/webhooks/webhook.ts';

app.http('listWebhooks', {
  route: 'v1/webhooks',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async () => ({ jsonBody: { items: (await ports().webhooks.list()).map(webhookView) } })),
});

app.http('getWebhook', {
  route: 'v1/webhooks/{webhookId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const webhook = await ports().webhooks.get(webhookIdFrom(request.params['webhookId']));
    if (webhook === undefined) throw webhookNotFound();
    return { jsonBody: webhookView(webhook) };
  }),
});
