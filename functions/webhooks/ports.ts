import { settings } from '../../shared/adapters/environment.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tableWebhooks } from '../../shared/adapters/tables/webhooks.ts';
import { checkWebhookAddress as check, httpsWebhook } from '../../shared/adapters/webhooks/https-webhook.ts';
import { tables } from '../../shared/kernel/topology.ts';

const rule = { allowLoopback: settings().WEBHOOKS_TO_LOOPBACK };

export const webhooks = tableWebhooks(table(tables.webhooks));
/** @throws AppError webhook-not-allowed */
export const checkWebhookAddress = (url: string): Promise<void> => check(url, rule);
export const postToWebhook = httpsWebhook(rule, guards.webhooks);
