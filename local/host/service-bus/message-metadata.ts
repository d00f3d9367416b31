// What the worker protocol tells of a received message besides its body: metadata under the names of the .NET
// extension, with the suffix Array where the function takes many at once.
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { TypedData } from '../function-app.ts';

export type ReceivedMessage = Pick<
  ServiceBusReceivedMessage,
  | 'applicationProperties'
  | 'body'
  | 'contentType'
  | 'correlationId'
  | 'deadLetterSource'
  | 'deliveryCount'
  | 'enqueuedTimeUtc'
  | 'expiresAtUtc'
  | 'lockToken'
  | 'messageId'
  | 'partitionKey'
  | 'replyTo'
  | 'replyToSessionId'
  | 'sequenceNumber'
  | 'sessionId'
  | 'subject'
  | 'to'
>;

export function messageMetadata(messages: readonly ReceivedMessage[], cardinality: unknown): Record<string, TypedData> {
  const [first] = messages;
  if (cardinality !== 'many') return first ? present(wireProperties(first)) : {};
  const all = messages.map((message) => wireProperties(message));
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [`${name}Array`, { json: JSON.stringify(all.map((each) => each[name] ?? null)) }]),
  );
}

/** The sender's trace, when a call handles one message: the SDKs send it as Diagnostic-Id. */
export function messageTraceParent(messages: readonly ReceivedMessage[]): string | undefined {
  const sender = messages[0]?.applicationProperties?.['Diagnostic-Id'];
  return messages.length === 1 && typeof sender === 'string' ? sender : undefined;
}

function wireProperties(message: ReceivedMessage): Record<string, unknown> {
  return {
    // The SDK counts earlier deliveries, .NET this one too.
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    DeadLetterSource: message.deadLetterSource,
    LockToken: message.lockToken,
    ExpiresAtUtc: message.expiresAtUtc,
    EnqueuedTimeUtc: message.enqueuedTimeUtc,
    MessageId: message.messageId === undefined ? undefined : String(message.messageId),
    ContentType: message.contentType,
    ReplyTo: message.replyTo,
    SequenceNumber: message.sequenceNumber === undefined ? undefined : Number(message.sequenceNumber),
    To: message.to,
    Subject: message.subject,
    CorrelationId: message.correlationId === undefined ? undefined : String(message.correlationId),
    SessionId: message.sessionId,
    ReplyToSessionId: message.replyToSessionId,
    PartitionKey: message.partitionKey,
    ApplicationProperties: message.applicationProperties ?? {},
  };
}

function present(properties: Readonly<Record<string, unknown>>): Record<string, TypedData> {
  const data: Record<string, TypedData> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'string') data[name] = { string: value };
    else if (value !== undefined) data[name] = { json: JSON.stringify(value) };
  }
  return data;
}
