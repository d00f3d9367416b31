// Storage queue trigger: a message is deleted when its function succeeded, appears again when it failed, and is moved to
// `<queue>-poison` after maxDequeueCount tries.
import { QueueClient, type DequeuedMessageItem } from '@azure/storage-queue';
import { connectionOf, neededOption } from '../binding-options.ts';
import type { LoadedFunction, Log } from '../function-app.ts';
import type { Listener, ListenerContext } from '../listener.ts';
import { resolveSettings } from '../settings.ts';
import { waitForService } from '../wait-for-service.ts';
import { pollQueue } from './poll-queue.ts';
import { decodeMessage, queueMessageData, queueMessageMetadata } from './queue-message.ts';
import { settleMessage } from './settle-message.ts';

export async function startQueueTrigger(fn: LoadedFunction, context: ListenerContext): Promise<Listener> {
  const { environment, stopping, hostJson } = context;
  const log: Log = (level, text) => context.log(level, text, { functionName: fn.name });
  const warn = (text: string): void => log('warning', text);
  const name = resolveSettings(neededOption(fn.trigger, 'queueName'), environment);
  const connection = connectionOf(fn.trigger, environment);
  const options = { retryOptions: { maxTries: 1 } };
  const queue = new QueueClient(connection, name, options);
  const poison = name.endsWith('-poison') ? undefined : new QueueClient(connection, `${name}-poison`, options);
  const exists = await waitForService(`the storage queue '${name}'`, () => queue.exists(), { log: warn, stopping });
  if (!exists) warn(`The queue '${name}' of function '${fn.name}' does not exist yet.`);
  const { maxDequeueCount, visibilityTimeoutMs } = hostJson.queues;
  return pollQueue({
    queue,
    limits: hostJson.queues,
    warn,
    run: (message) =>
      settleMessage(message, {
        queue,
        poison,
        maxDequeueCount,
        visibilityTimeoutMs,
        log,
        handle: () => runFunction(message, name, fn, context),
      }),
  });
}

async function runFunction(
  message: DequeuedMessageItem,
  queueName: string,
  fn: LoadedFunction,
  { invoke, hostJson }: ListenerContext,
): Promise<'done' | 'failed' | 'unreadable'> {
  const body = decodeMessage(message.messageText, hostJson.queues.messageEncoding);
  if (!body) return 'unreadable';
  const reason = `New queue message detected on '${queueName}'.`;
  const data = queueMessageData(body, fn.trigger['dataType']);
  return invoke({ fn, reason, data, triggerMetadata: queueMessageMetadata(message, body) }).then(
    () => 'done' as const,
    () => 'failed' as const,
  );
}
