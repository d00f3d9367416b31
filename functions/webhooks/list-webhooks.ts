import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { webhookIdFrom, webhookNotFound, webhookView } from '../../shared/webhooks/webhook.ts';

app.http('listWebhooks', {
  route: 'v1/webhooks',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async () => {
    const { webhooks } = await import('./ports.ts');
    return { jsonBody: { items: (await webhooks.list()).map(webhookView) } };
  }),
});

app.http('getWebhook', {
  route: 'v1/webhooks/{webhookId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { webhooks } = await import('./ports.ts');
    const webhook = await webhooks.get(webhookIdFrom(request.params['webhookId']));
    if (webhook === undefined) throw webhookNotFound();
    return { jsonBody: webhookView(webhook) };
  }),
});
