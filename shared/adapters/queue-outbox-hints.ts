import type { QueueClient } from '@azure/storage-queue';
import type { OutboxHints } from '../kernel/outbox.ts';
import { withStorage } from './storage-errors.ts';

/** Long enough for whoever stored the events to have published them. */
const delaySeconds = 15;

/** The Functions host expects its queue messages in base64. */
export function queueOutboxHints(queue: QueueClient): OutboxHints {
  return {
    leave: async (partition) => {
      const text = Buffer.from(JSON.stringify({ partition })).toString('base64');
      await withStorage(() => queue.sendMessage(text, { visibilityTimeout: delaySeconds }));
    },
  };
}
