// A Service Bus message as the trigger hands it over, and the messages the settlement rule makes of it. Pure.
import type { ServiceBusMessage } from '@azure/service-bus';
import { deterministicId } from '../../kernel/ids.ts';
import { bodyBytes } from './body-bytes.ts';

type Properties = Readonly<Record<string, string | number | boolean>>;

export interface ReceivedMessage {
  readonly body: Uint8Array;
  readonly messageId: string;
  /** The id of the message this one is a copy of; its own where it is no copy. */
  readonly originalId: string;
  readonly originalAt: number;
  /** 0 for an original, n for its n-th copy. */
  readonly copy: number;
  /** Which delivery of this message it is, at least 1. */
  readonly delivery: number;
  readonly sessionId: string | undefined;
  /** The sender's own, and what earlier copies noted; the library has made the first letter of each name small. */
  readonly properties: Properties;
  readonly correlationId: string | undefined;
  readonly subject: string | undefined;
  readonly contentType: string | undefined;
  readonly replyTo: string | undefined;
  readonly replyToSessionId: string | undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const toMs = (value: unknown, fallback: number): number => {
  const ms = typeof value === 'number' ? value : Date.parse(typeof value === 'string' ? value : '');
  return Number.isFinite(ms) ? ms : fallback;
};

const wholeNumber = (value: unknown, fallback: number): number =>
  Number.isSafeInteger(value) && Number(value) >= fallback ? Number(value) : fallback;

/** `metadata` is the trigger's: names with a lower-case first letter, user properties too. */
export function readMessage(
  body: unknown,
  metadata: Readonly<Record<string, unknown>>,
  now = Date.now(),
): ReceivedMessage {
  const raw = metadata['applicationProperties'] ?? metadata['userProperties'];
  const properties: Record<string, unknown> = typeof raw === 'object' && raw !== null ? { ...raw } : {};
  // A sender need not name its messages; two without a name are not each other's duplicates.
  const messageId = text(metadata['messageId']) ?? `sequence-${String(metadata['sequenceNumber'])}`;
  return {
    body: bodyBytes(body),
    messageId,
    originalId: text(properties['originalId']) ?? messageId,
    originalAt: toMs(properties['originalAt'], toMs(metadata['enqueuedTimeUtc'], now)),
    copy: wholeNumber(properties['copy'], 0),
    delivery: wholeNumber(metadata['deliveryCount'], 1),
    sessionId: text(metadata['sessionId']),
    properties: Object.fromEntries(Object.entries(properties).filter(isProperty)),
    correlationId: text(metadata['correlationId']),
    subject: text(metadata['subject']) ?? text(metadata['label']),
    contentType: text(metadata['contentType']),
    replyTo: text(metadata['replyTo']),
    replyToSessionId: text(metadata['replyToSessionId']),
  };
}

const isProperty = (entry: [string, unknown]): entry is [string, Properties[string]] =>
  ['string', 'number', 'boolean'].includes(typeof entry[1]);

const same = (message: ReceivedMessage): ServiceBusMessage => {
  const { sessionId, correlationId, subject, contentType, replyTo, replyToSessionId } = message;
  const kept = { sessionId, correlationId, subject, contentType, replyTo, replyToSessionId };
  const set = Object.entries(kept).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(set), body: Buffer.from(message.body) };
};

/** The broker's bound is 128 characters; the rest is for the number of the copy. */
const idLimit = 110;

/**
 * The id `<id>#<n>` lets duplicate detection fold a copy sent twice, and never eats an honest one: a resubmission `<id>!r1` has
 * copies of its own.
 */
export function scheduledCopy(message: ReceivedMessage, at: Date): ServiceBusMessage {
  const { messageId, originalId, originalAt, properties } = message;
  const mark = `#${message.copy}`;
  const base = messageId.endsWith(mark) ? messageId.slice(0, -mark.length) : messageId;
  const copy = message.copy + 1;
  return {
    ...same(message),
    messageId: `${base.length > idLimit ? deterministicId('message', base) : base}#${copy}`,
    scheduledEnqueueTimeUtc: at,
    applicationProperties: { ...properties, originalId, originalAt: new Date(originalAt).toISOString(), copy },
  };
}

/** What a description may have of an error: broker properties are no place for long texts. */
const descriptionLimit = 1024;

/** The untouched body and why it is here; the processor of dead letters reads the lowerCamel names. Sent twice, it has the same id. */
export const deadLetter = (
  message: ReceivedMessage,
  sourceEntity: string,
  reason: string,
  description: string,
): ServiceBusMessage => ({
  ...same(message),
  messageId: message.messageId,
  applicationProperties: {
    ...message.properties,
    reason,
    description: description.slice(0, descriptionLimit),
    sourceEntity,
    originalId: message.originalId,
    originalAt: new Date(message.originalAt).toISOString(),
    copy: message.copy,
  },
});
