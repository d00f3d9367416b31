// POST /webhooks: who is told of alerts. The answer alone carries the secret that deliveries are signed with.
import { app } from '@azure/functions';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import { newWebhookSecret } from '../../shared/adapters/webhooks/sign-webhook.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { mostWebhooks, registerWebhookSchema, webhookView } from '../../shared/webhooks/webhook.ts';

app.http('registerWebhook', {
  route: 'v1/webhooks',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { value, bytes } = await readJson(request, registerWebhookSchema);
    return await answerOnce({ name: 'register-webhook', keeps: 'month' }, request, bytes, async ({ id, at }) => {
      const { webhooks, checkWebhookAddress } = await import('./ports.ts');
      await checkWebhookAddress(value.url);
      const before = await webhooks.get(id);
      if (before === undefined && (await webhooks.list()).length >= mostWebhooks)
        throw new AppError('too-many-webhooks', `There are ${mostWebhooks} webhooks already: remove one first`);
      const made = {
        webhookId: id,
        url: value.url,
        events: value.events ?? [],
        secret: newWebhookSecret(),
        createdAt: at,
      };
      const webhook = before ?? made;
      await webhooks.create(webhook);
      return {
        status: 201,
        headers: { location: `/api/v1/webhooks/${id}` },
        jsonBody: { ...webhookView(webhook), secret: webhook.secret },
      };
    });
  }),
});
