// What operators are told.
import { z } from 'zod';
import { eventGridTopics } from '../kernel/topology.ts';
import type { Contract } from './contract.ts';

export const taskKindSchema = z
  .enum(['compensation', 'reconciliation'])
  .describe('a step that could not be undone, or books that do not agree');

export const operatorTaskRaised = {
  type: 'millrace.operations.OperatorTaskRaised.v1',
  kind: 'event',
  doc: 'A task waits for a person. It is sent once for each time a task is opened.',
  sentBy: 'the function that raises the task, after storing it',
  sentTo: { eventGridTopic: eventGridTopics.millraceEvents },
  about: 'the task',
  schema: z.object({
    taskId: z.uuid().describe('id of the task'),
    kind: taskKindSchema,
    subject: z.string().min(1).describe('what it is about: the id of an order, mostly'),
    step: z.string().optional().describe('the activity that failed'),
    detail: z.string().describe('what happened, as the refusing service said it'),
    raised: z.int().min(1).describe('1, and one more whenever it was opened again'),
  }),
  example: {
    taskId: '7e0f0a53-1d6b-5b63-8d5c-5a8d2b1f8c11',
    kind: 'compensation',
    subject: '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01',
    step: 'cancel-shipment',
    detail: 'carrier-refused: the shipment has left',
    raised: 1,
  },
} as const satisfies Contract;

const alertSchema = z.object({
  alertId: z.uuid().describe('id of the alert: the same whenever it is raised or cleared'),
  name: z.string().min(1).describe('the signal that is too high, or whatever else watches'),
  subject: z.string().optional().describe('what it is about: a cause of dead letters, `<hub>/<group>/<partition>`'),
  title: z.string().describe('what is wrong, in a few words'),
  detail: z.string().describe('what was seen'),
  advice: z.string().describe('what to do about it'),
  raisedAt: z.iso.datetime().describe('when it was raised last'),
});

const alertExample = {
  alertId: '5c0b6a0e-59a3-5d0c-9d8e-0e6b3f1f7a20',
  name: 'consumer-lag',
  subject: 'telemetry/aggregation/0',
  title: 'A consumer of a hub is behind',
  detail: 'telemetry/aggregation/0: 12000, above 10000',
  advice: 'See in the log of its function what it waits for; scale out if it is only slow.',
  raisedAt: '2026-11-21T09:30:00.000Z',
};

export const alertRaised = {
  type: 'millrace.operations.AlertRaised.v1',
  kind: 'event',
  doc: 'Something is wrong. It is sent once until the alert is cleared.',
  sentBy: 'the function that notices it, after storing it',
  sentTo: { eventGridTopic: eventGridTopics.millraceEvents },
  about: 'the alert',
  schema: alertSchema,
  example: alertExample,
} as const satisfies Contract;

export const alertCleared = {
  type: 'millrace.operations.AlertCleared.v1',
  kind: 'event',
  doc: 'The cause of an alert is gone.',
  sentBy: 'the function that notices it, after storing it',
  sentTo: { eventGridTopic: eventGridTopics.millraceEvents },
  about: 'the alert',
  schema: alertSchema,
  example: alertExample,
} as const satisfies Contract;
