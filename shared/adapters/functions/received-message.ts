// A Service Bus message as the trigger hands it over, and the messages the settlement rule makes of it. Pure.
import type { ServiceBusMessage } from '@azure/service-bus';
import { bodyBytes } from './body-bytes.ts';

export interface ReceivedMessage {
  readonly body: Uint8Array;
  readonly messageId: string;
  /** The id of the message this one is a copy of; its own where it is no copy. */
  readonly originalId: string;
  readonly originalAt: number;
  /** 0 for an original, n for its n-th copy. */
  readonly copy: number;
  readonly sessionId: string | undefined;
  readonly correlationId: string | undefined;
  readonly subject: string | undefined;
  readonly contentType: string | undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const toMs = (value: unknown, fallback: number): number => {
  const ms = typeof value === 'number' ? value : Date.parse(typeof value === 'string' ? value : '');
  return Number.isFinite(ms) ? ms : fallback;
};

/** `metadata` is the trigger's: names with a lower-case first letter, user properties too. */
export function readMessage(
  body: unknown,
  metadata: Readonly<Record<string, unknown>>,
  now = Date.now(),
): ReceivedMessage {
  const raw = metadata['applicationProperties'] ?? metadata['userProperties'];
  const properties: Record<string, unknown> = typeof raw === 'object' && raw !== null ? { ...raw } : {};
  const messageId = text(metadata['messageId']) ?? '';
  return {
    body: bodyBytes(body),
    messageId,
    originalId: text(properties['originalId']) ?? messageId,
    originalAt: toMs(properties['originalAt'], toMs(metadata['enqueuedTimeUtc'], now)),
    copy: Number(properties['copy'] ?? 0),
    sessionId: text(metadata['sessionId']),
    correlationId: text(metadata['correlationId']),
    subject: text(metadata['subject']) ?? text(metadata['label']),
    contentType: text(metadata['contentType']),
  };
}

const same = ({ body, sessionId, correlationId, subject, contentType }: ReceivedMessage): ServiceBusMessage => ({
  body: Buffer.from(body),
  ...(sessionId === undefined ? {} : { sessionId }),
  ...(correlationId === undefined ? {} : { correlationId }),
  ...(subject === undefined ? {} : { subject }),
  ...(contentType === undefined ? {} : { contentType }),
});

/** The id `<id>#<n>` lets duplicate detection fold a copy sent twice, and never eats an honest one. */
export function scheduledCopy(message: ReceivedMessage, at: Date): ServiceBusMessage {
  const copy = message.copy + 1;
  return {
    ...same(message),
    messageId: `${message.originalId}#${copy}`,
    scheduledEnqueueTimeUtc: at,
    applicationProperties: {
      originalId: message.originalId,
      originalAt: new Date(message.originalAt).toISOString(),
      copy,
    },
  };
}

/** What a description may have of an error: broker properties are no place for long texts. */
const descriptionLimit = 1024;

/** The untouched body and why it is here; the processor of dead letters reads the lowerCamel names. */
export const deadLetter = (
  message: ReceivedMessage,
  sourceEntity: string,
  reason: string,
  description: string,
): ServiceBusMessage => ({
  ...same(message),
  messageId: message.messageId,
  applicationProperties: {
    reason,
    description: description.slice(0, descriptionLimit),
    sourceEntity,
    originalId: message.originalId,
    copy: message.copy,
  },
});
