// One message of a storage queue: its lease is renewed while it is handled, then it is deleted, shown again or moved to
// the poison queue.
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { Log } from '../function-app.ts';

/** Differs from Azure: a host that was killed gives its storage queues' messages back after half a minute; there after 10 min. */
export const leaseMs = 30_000;

export interface MessageHandling {
  readonly queue: QueueClient;
  /** Undefined: it is tried again for ever, as a poison queue's own messages are. */
  readonly poison: QueueClient | undefined;
  /** After so many tries a message is poison. */
  readonly maxDequeueCount: number;
  /** How long a message that failed stays invisible. */
  readonly visibilityTimeoutMs: number;
  /** `unreadable` is poison at once. */
  readonly handle: () => Promise<'done' | 'failed' | 'unreadable'>;
  readonly log: Log;
}

/** Never rejects: what goes wrong is logged and the message appears again when its lease ends. */
export async function settleMessage(message: DequeuedMessageItem, handling: MessageHandling): Promise<void> {
  const { queue, poison, maxDequeueCount, visibilityTimeoutMs, handle, log } = handling;
  const { messageId, dequeueCount } = message;
  const lease = keepLease(message, queue);
  try {
    // More than its tries: the hosts that took it died.
    const outcome = poison && dequeueCount > maxDequeueCount ? 'failed' : await handle();
    const popReceipt = await lease.release();
    if (outcome === 'done') await queue.deleteMessage(messageId, popReceipt);
    else if (poison && (outcome === 'unreadable' || dequeueCount >= maxDequeueCount)) {
      await poison.createIfNotExists();
      await poison.sendMessage(message.messageText);
      await queue.deleteMessage(messageId, popReceipt);
      const why = outcome === 'unreadable' ? 'cannot be decoded' : `has reached MaxDequeueCount of ${maxDequeueCount}`;
      log('error', `Message '${messageId}' ${why}. Moved to queue '${poison.name}'.`);
    } else await queue.updateMessage(messageId, popReceipt, undefined, Math.ceil(visibilityTimeoutMs / 1000));
  } catch (error) {
    log('warning', `Message '${messageId}' of queue '${queue.name}' could not be settled: ${(error as Error).message}`);
  } finally {
    await lease.release();
  }
}

interface Lease {
  /** Ends the renewing; the receipt that settles the message now. */
  release(): Promise<string>;
}

function keepLease(message: DequeuedMessageItem, queue: QueueClient): Lease {
  let popReceipt = message.popReceipt;
  let renewing = Promise.resolve();
  const renew = async (): Promise<void> => {
    try {
      const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, leaseMs / 1000);
      popReceipt = renewed.popReceipt ?? popReceipt;
    } catch {
      // Settling will say that the message was lost.
    }
  };
  const timer = setInterval(() => {
    renewing = renewing.then(renew);
  }, leaseMs / 3);
  return {
    release: async () => {
      clearInterval(timer);
      await renewing;
      return popReceipt;
    },
  };
}
