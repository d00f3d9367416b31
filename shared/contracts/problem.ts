// What a query is answered with when it cannot be answered: the problem document that HTTP would have, as a message.
import { z } from 'zod';
import { queues } from '../kernel/topology.ts';
import type { Contract } from './contract.ts';

export const problem = {
  type: 'millrace.queries.Problem.v1',
  kind: 'reply',
  doc: 'The answer to a query that failed: a problem document [RFC 9457], as in HTTP.',
  sentBy: 'the reader of order-queries',
  sentTo: { queue: queues.orderReplies },
  about: 'the query',
  schema: z.object({
    type: z.string().describe('page about this kind of problem'),
    title: z.string().describe('what kind of problem it is'),
    status: z.int().describe('the status HTTP would have'),
    code: z.string().describe('stable: callers may branch on it'),
    detail: z.string().optional().describe('what happened and what to do next'),
    instance: z.string().describe('what an operator searches the log for'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('RFC 6901 pointer into the data'),
          code: z.string().describe('what is wrong'),
          detail: z.string().describe('in words'),
        }),
      )
      .optional()
      .describe('each fault of the input'),
  }),
  example: {
    type: 'https://millrace.example/errors/order-not-found',
    title: 'There is no such order',
    status: 404,
    code: 'order-not-found',
    detail: 'There is no order of this id',
    instance: 'urn:uuid:5d0e0c55-97b9-4f0f-8c0e-2a4f0a9d5c11',
  },
} as const satisfies Contract;
