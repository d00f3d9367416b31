// One message of a storage queue: its lease is renewed while the function runs, then it is deleted, shown again or
// moved to the poison queue.
import { QueueClient, type DequeuedMessageItem } from '@azure/storage-queue';
import { textOption } from '../binding-options.ts';
import type { LoadedFunction, TypedData } from '../function-app.ts';
import type { QueueOptions } from '../host-json.ts';
import type { ListenerContext } from '../listener.ts';
import { connectionString } from '../settings.ts';

/** Differs from Azure: 10 min there; here a host that was killed gives its messages back within half a minute. */
export const leaseMs = 30_000;

/** Never rejects: what goes wrong is logged and the message appears again when its lease ends. */
export async function runQueueMessage(
  message: DequeuedMessageItem,
  queue: QueueClient,
  fn: LoadedFunction,
  context: ListenerContext,
): Promise<void> {
  const { invoke, log, hostJson } = context;
  const lease = keepLease(message, queue);
  try {
    const data = queueMessageData(message.messageText, hostJson.queues.messageEncoding, fn.trigger['dataType']);
    const outcome = data ? await runFunction(message, data, fn, invoke) : 'undecodable';
    const popReceipt = await lease.release();
    const poisoned = outcome === 'undecodable' || message.dequeueCount >= hostJson.queues.maxDequeueCount;
    if (outcome === 'succeeded') await queue.deleteMessage(message.messageId, popReceipt);
    else if (poisoned) await moveToPoison(message, popReceipt, queue, fn, context);
    else {
      const visibilityTimeoutS = Math.ceil(hostJson.queues.visibilityTimeoutMs / 1000);
      await queue.updateMessage(message.messageId, popReceipt, undefined, visibilityTimeoutS);
    }
  } catch (error) {
    const text = `Message '${message.messageId}' of queue '${queue.name}' could not be settled: ${(error as Error).message}`;
    log('warning', text, { functionName: fn.name });
  } finally {
    await lease.release();
  }
}

async function runFunction(
  message: DequeuedMessageItem,
  data: TypedData,
  fn: LoadedFunction,
  invoke: ListenerContext['invoke'],
): Promise<'succeeded' | 'failed'> {
  const reason = `New queue message detected on '${textOption(fn.trigger, 'queueName')}'.`;
  return invoke({ fn, reason, data, triggerMetadata: queueMessageMetadata(message) }).then(
    () => 'succeeded',
    () => 'failed',
  );
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

async function moveToPoison(
  message: DequeuedMessageItem,
  popReceipt: string,
  queue: QueueClient,
  fn: LoadedFunction,
  { environment, log }: ListenerContext,
): Promise<void> {
  const connection = connectionString(textOption(fn.trigger, 'connection') ?? 'AzureWebJobsStorage', environment);
  const poison = new QueueClient(connection, `${queue.name}-poison`);
  await poison.createIfNotExists();
  await poison.sendMessage(message.messageText);
  await queue.deleteMessage(message.messageId, popReceipt);
  const text = `Message '${message.messageId}' has reached MaxDequeueCount of ${message.dequeueCount}. Moved to queue '${poison.name}'.`;
  log('error', text, { functionName: fn.name });
}

/** The body the function gets, or undefined when it is not in the encoding host.json names. */
export function queueMessageData(
  text: string,
  encoding: QueueOptions['messageEncoding'],
  dataType: unknown,
): TypedData | undefined {
  const body = Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8');
  if (encoding === 'base64' && body.toString('base64').replaceAll('=', '') !== text.replaceAll('=', ''))
    return undefined;
  return dataType === 'binary' ? { bytes: body } : { string: body.toString() };
}

export function queueMessageMetadata(message: DequeuedMessageItem): Record<string, TypedData> {
  const dates = {
    InsertionTime: message.insertedOn,
    ExpirationTime: message.expiresOn,
    NextVisibleTime: message.nextVisibleOn,
  };
  return {
    QueueTrigger: { string: message.messageText },
    DequeueCount: { int: message.dequeueCount },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    ...Object.fromEntries(Object.entries(dates).map(([name, date]) => [name, { json: JSON.stringify(date) }])),
  };
}
