// What a function gets of a storage queue's message: its body and its metadata.
import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { TypedData } from '../function-app.ts';
import type { QueueOptions } from '../host-json.ts';

/** Undefined when it is not in the encoding host.json names. */
export function decodeMessage(text: string, encoding: QueueOptions['messageEncoding']): Buffer | undefined {
  const body = Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8');
  const isOther = encoding === 'base64' && body.toString('base64').replaceAll('=', '') !== text.replaceAll('=', '');
  return isOther ? undefined : body;
}

export function queueMessageData(body: Buffer, dataType: unknown): TypedData {
  return dataType === 'binary' ? { bytes: body } : { string: body.toString() };
}

export function queueMessageMetadata(message: DequeuedMessageItem, body: Buffer): Record<string, TypedData> {
  const dates = {
    InsertionTime: message.insertedOn,
    ExpirationTime: message.expiresOn,
    NextVisibleTime: message.nextVisibleOn,
  };
  return {
    QueueTrigger: { string: body.toString() },
    DequeueCount: { int: message.dequeueCount },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    ...Object.fromEntries(Object.entries(dates).map(([name, date]) => [name, { json: JSON.stringify(date) }])),
  };
}
