import type { QueueClient } from '@azure/storage-queue';
import type { OutboxHints } from '../kernel/outbox.ts';
import { withStorage } from './storage-errors.ts';

/** Long enough for whoever stored the events to have published them. */
const delaySeconds = 15;
/** So young a hint is enough for the next change, too: it comes back long after that one is stored. */
const coversMs = 3_000;

interface RecentHint {
  readonly leftAtMs: number;
  readonly left: Promise<void>;
}

/**
 * The Functions host expects its queue messages in base64.
 * @param now monotonic, in ms
 */
export function queueOutboxHints(
  queue: Pick<QueueClient, 'sendMessage'>,
  now = (): number => performance.now(),
): OutboxHints {
  const recent = new Map<string, RecentHint>();
  const send = async (partition: string): Promise<void> => {
    const text = Buffer.from(JSON.stringify({ partition })).toString('base64');
    try {
      await withStorage(() => queue.sendMessage(text, { visibilityTimeout: delaySeconds }));
    } catch (error) {
      recent.delete(partition);
      throw error;
    }
  };
  return {
    leave: async (partition) => {
      forgetOld(recent, now() - coversMs);
      const hint = recent.get(partition) ?? { leftAtMs: now(), left: send(partition) };
      recent.set(partition, hint);
      await hint.left;
    },
  };
}

/** The oldest stand first. */
function forgetOld(recent: Map<string, RecentHint>, untilMs: number): void {
  for (const [partition, { leftAtMs }] of recent) {
    if (leftAtMs > untilMs) return;
    recent.delete(partition);
  }
}
