// Hints that are asked for at the same moment go in one message: a busy process leaves a few a second, not one a change.
import type { QueueClient } from '@azure/storage-queue';
import type { OutboxHints } from '../../kernel/outbox.ts';
import { gatherByKey } from '../gather-by-key.ts';
import { withStorage } from '../storage-errors.ts';

/** Long enough for whoever stored the events to have published them. */
const delaySeconds = 15;
/** So young a hint is enough for the next change, too: it comes back long after that one is stored. */
const coversMs = 3_000;
/** As many as the contract takes. */
const atMost = 100;

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
  const together = gatherByKey<string>(atMost, async (_queue, [partition, ...also]) => {
    const hint = { partition, ...(also.length === 0 ? {} : { also }) };
    const text = Buffer.from(JSON.stringify(hint)).toString('base64');
    await withStorage(() => queue.sendMessage(text, { visibilityTimeout: delaySeconds }));
  });
  const send = async (partition: string): Promise<void> => {
    try {
      await together('', partition);
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
