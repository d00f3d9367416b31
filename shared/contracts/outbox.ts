// How a process tells its successor that it may have died before it told what it stored.
import { z } from 'zod';
import { storageQueues } from '../kernel/topology.ts';
import type { Contract } from './contract.ts';

export const outboxHint = {
  type: 'millrace.outbox.PublishOutbox.v1',
  kind: 'command',
  doc: 'Publish what is left in these outboxes. The message becomes visible some seconds after it was sent.',
  sentBy: 'each function that is about to store events',
  sentTo: { storageQueue: storageQueues.outboxHints },
  about: 'no envelope: the partitions are all there is',
  bare: true,
  schema: z.object({
    partition: z.uuid().describe('the order whose outbox it is'),
    also: z.array(z.uuid()).max(99).optional().describe('orders that were changed at the same moment'),
  }),
  example: { partition: '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01' },
} as const satisfies Contract;
