// Every setting the application reads, in one schema. Locally they come from local.settings.json, in the cloud from Bicep.
import { z } from 'zod';

export const settingsSchema = z.object({
  AzureWebJobsStorage: z.string().optional().describe('storage connection string; without it, by identity'),
  AzureWebJobsStorage__blobServiceUri: z.url().optional(),
  AzureWebJobsStorage__tableServiceUri: z.url().optional(),
  AzureWebJobsStorage__queueServiceUri: z.url().optional(),
  AzureWebJobsStorage__clientId: z.string().optional().describe('client id of the user-assigned identity'),
  ServiceBusConnection: z.string().optional().describe('Service Bus connection string; without it, by identity'),
  ServiceBusConnection__fullyQualifiedNamespace: z.string().optional(),
  EventHubsConnection: z.string().optional().describe('Event Hubs connection string; without it, by identity'),
  EventHubsConnection__fullyQualifiedNamespace: z.string().optional(),
  EVENT_GRID_TOPIC_ENDPOINT: z.url().describe('where events of our own are published'),
  EVENT_GRID_TOPIC_KEY: z.string().optional().describe('access key of the topic; without it, by identity'),
  UPLOAD_LIMIT_BYTES: z.coerce.number().int().positive().optional().describe('largest body of POST /videos/upload'),
  PAYMENTS_URL: z.url().default('https://api.stripe.com').describe('where the payment provider answers'),
  PAYMENTS_KEY: z.string().min(1).describe('secret key of the payment provider'),
  PAYMENTS_WEBHOOK_SECRET: z.string().min(1).describe('what the payment provider signs its events with'),
  PAYMENTS_WEBHOOK_URL: z.url().optional().describe('where to have the payment provider tell its events, at start'),
  CARRIER_URL: z.url().describe('where the carrier answers'),
  MAIL_CONNECTION: z.string().min(1).describe('connection string of the mail service'),
  MAIL_SENDER: z.email().describe('address the mails come from'),
  OPERATOR_EMAIL: z.email().or(z.literal('')).optional().describe('who is told of operator tasks; nobody without it'),
  WEBHOOKS_TO_LOOPBACK: z
    .stringbool()
    .default(false)
    .describe('let webhooks point at this machine, by http too: for tests only'),
  BACK_OFF_LIMIT_SECONDS: z.coerce
    .number()
    .min(1)
    .max(3_600)
    .default(30)
    .describe('longest wait before a message that failed is tried again'),
  CLAIM_CHECK_DAYS: z.coerce
    .number()
    .int()
    .positive()
    .default(90)
    .describe('age at which data kept apart from its message goes: above the longest life of a message or dead letter'),
  DEAD_LETTER_DAYS: z.coerce
    .number()
    .int()
    .positive()
    .default(90)
    .describe('age at which a closed dead letter goes, with its body and history; open ones stay'),
  PREPARE_STORAGE: z.stringbool().default(false).describe('create tables, queues and sample products at start'),
});

export type Settings = z.infer<typeof settingsSchema>;

/** @throws Error that names every missing or malformed setting */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const result = settingsSchema.safeParse(environment);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(
    `Settings are missing or malformed. Mend them in local.settings.json or the app's settings: ${faults.join('; ')}`,
  );
}
