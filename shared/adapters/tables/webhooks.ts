import type { TableClient } from '@azure/data-tables';
import type { Webhook, WebhookStore } from '../../webhooks/webhook.ts';
import { orUndefined, unlessStatus } from '../storage-errors.ts';
import { tableRows } from './page.ts';

const partitionKey = 'webhooks';

interface WebhookRow {
  readonly webhook: string;
}

const toWebhook = ({ webhook }: WebhookRow): Webhook => JSON.parse(webhook) as Webhook;

/** Few enough for one partition. The secret has to be kept as it is: whoever signs needs it. */
export const tableWebhooks = (table: TableClient): WebhookStore => ({
  get: async (webhookId) => {
    const row = await orUndefined(() => table.getEntity<WebhookRow>(partitionKey, webhookId));
    return row && toWebhook(row);
  },
  create: async (webhook) => {
    const row = { partitionKey, rowKey: webhook.webhookId, webhook: JSON.stringify(webhook) };
    await unlessStatus([409], () => table.createEntity(row));
  },
  remove: (webhookId) => unlessStatus([404], () => table.deleteEntity(partitionKey, webhookId)),
  list: async () => {
    const webhooks: Webhook[] = [];
    for await (const row of tableRows<WebhookRow>(table, `PartitionKey eq '${partitionKey}'`))
      webhooks.push(toWebhook(row));
    return webhooks;
  },
});
