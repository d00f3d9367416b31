// What receivers outside are told.
import { z } from 'zod';
import { queues } from '../kernel/topology.ts';
import type { ServiceBusContract } from './contract.ts';
import { alertRaised } from './operations.ts';

export const callWebhook = {
  type: 'millrace.webhooks.CallWebhook.v1',
  kind: 'command',
  doc: 'Post an event to one receiver. Each receiver has its own message, so one that is down does not hold up the others.',
  sentBy: 'the function that passes an event on to its receivers',
  sentTo: { queue: queues.webhookCalls },
  about: 'the webhook',
  schema: z.object({
    webhookId: z.uuid().describe('id of the webhook'),
    event: z
      .object({
        id: z.string().describe('id of the event: what a receiver folds repeats by'),
        type: z.string().describe('type of the event'),
        source: z.string().describe('who sends it'),
        subject: z.string().describe('what it is about'),
        time: z.iso.datetime().describe('when it happened'),
        data: z.unknown().describe('what the contract of the event says'),
      })
      .describe('what is posted'),
  }),
  example: {
    webhookId: '2f1a7e52-0c2b-5a7e-8a53-6d1c2a7d0f11',
    event: {
      id: 'f3c7f3c2-1c29-5c39-b0cc-1c7a0c4bb7cc',
      type: alertRaised.type,
      source: '/millrace',
      subject: alertRaised.example.alertId,
      time: '2026-11-21T09:30:00.000Z',
      data: alertRaised.example,
    },
  },
} as const satisfies ServiceBusContract;
