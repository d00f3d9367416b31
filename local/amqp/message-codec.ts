// Reads from an encoded message what the broker needs, and writes what it adds. Everything else passes as the bytes it came as.
import { randomUUID } from 'node:crypto';
import rhea from 'rhea';
import type { Properties, PropertyValue } from '../broker/entities/definitions.ts';
import type { Content } from '../broker/entities/message.ts';
import { BrokerError } from '../broker/errors.ts';
import { limits } from '../broker/limits.ts';
import type { Sending } from '../broker/operations/send.ts';
import type { RuleFields } from '../broker/rules/rule-fields.ts';
import { propertyAt } from './property-positions.ts';
import { amqpWriter, type Typed } from './rhea-internals.ts';
import { refuseLargeHead } from './head-size.ts';
import { asBuffer, dataOf, described, listAt, mapAt } from './section-values.ts';
import { findSections, type Section, sectionCodes } from './sections.ts';

const { types } = rhea;

/**
 * Reads all that is ever read of a message but its body, so that what is accepted can also be delivered.
 * @throws BrokerError invalid-argument when the bytes are no message
 */
export function decodeSending(encoded: Buffer): Sending {
  const sections = findSections(encoded);
  refuseLargeHead(sections);
  mapAt(encoded, sections, sectionCodes.applicationProperties);
  const properties = listAt(encoded, sections, sectionCodes.properties);
  const ttl = listAt(encoded, sections, sectionCodes.header)[2]?.value as number | null | undefined;
  const annotations = mapAt(encoded, sections, sectionCodes.messageAnnotations);
  const scheduledFor = annotations.get('x-opt-scheduled-enqueue-time');
  refuseLongPartitionKey(text(annotations.get('x-opt-partition-key')));
  const givenId = idText(properties[propertyAt.messageId]);
  // Clients renew locks by message id and Service Bus always has one.
  const messageId = givenId ?? randomUUID().replaceAll('-', '');
  const content: Content = {
    raw: givenId === undefined ? withMessageId(encoded, sections, properties, messageId) : encoded,
    messageId,
    sessionId: text(properties[propertyAt.sessionId]),
    ttlMs: ttl ?? undefined,
  };
  return { content, scheduledForMs: scheduledFor ? timeMs(scheduledFor) : undefined };
}

/** A batch is one message whose data sections are whole messages. */
export function decodeBatch(encoded: Buffer): Sending[] {
  return dataOf(encoded, findSections(encoded)).map(decodeSending);
}

export function readRuleFields(raw: Uint8Array): RuleFields {
  const encoded = asBuffer(raw);
  const sections = findSections(encoded);
  const properties = listAt(encoded, sections, sectionCodes.properties);
  return {
    messageId: idText(properties[propertyAt.messageId]),
    correlationId: idText(properties[propertyAt.correlationId]),
    to: text(properties[propertyAt.to]),
    replyTo: text(properties[propertyAt.replyTo]),
    subject: text(properties[propertyAt.subject]),
    contentType: text(properties[propertyAt.contentType]),
    sessionId: text(properties[propertyAt.sessionId]),
    replyToSessionId: text(properties[propertyAt.replyToSessionId]),
    properties: Object.fromEntries(
      mapAt(encoded, sections, sectionCodes.applicationProperties)
        .entries()
        .map(([name, value]) => [name, propertyValue(value.value)]),
    ),
  };
}

/** Dictionary values from settlement: numbers, strings, booleans and times; anything else is kept as text. */
export function toProperties(given: unknown): Properties {
  if (typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, propertyValue(value)]));
}

function refuseLongPartitionKey(key: string | undefined): void {
  if (key !== undefined && key.length > limits.maxPartitionKeyLength)
    throw new BrokerError(
      'invalid-argument',
      `A partition key has at most ${limits.maxPartitionKeyLength} characters.`,
    );
}

function withMessageId(encoded: Buffer, sections: readonly Section[], properties: Typed[], messageId: string): Buffer {
  const writer = amqpWriter();
  const list = [types.wrap_string(messageId), ...properties.slice(1)];
  writer.write(described(sectionCodes.properties, types.wrap_list(list)));
  const before = sections.filter(({ code }) => code < sectionCodes.properties).at(-1)?.end ?? 0;
  const after = sections.find(({ code }) => code > sectionCodes.properties)?.start ?? encoded.length;
  return Buffer.concat([encoded.subarray(0, before), writer.toBuffer(), encoded.subarray(after)]);
}

function text(value: Typed | undefined): string | undefined {
  return typeof value?.value === 'string' ? value.value : undefined;
}

/** Ids may be strings, numbers, uuids or binary; as text they can be compared and stored. */
function idText(value: Typed | undefined): string | undefined {
  const id: unknown = value?.value;
  if (typeof id === 'string') return id;
  if (typeof id === 'number') return String(id);
  return Buffer.isBuffer(id) ? id.toString('hex') : undefined;
}

function timeMs({ value }: Typed): number | undefined {
  return value instanceof Date ? value.getTime() : typeof value === 'number' ? value : undefined;
}

function propertyValue(value: unknown): PropertyValue {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return { timestampMs: value.getTime() };
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return Buffer.isBuffer(value) ? value.toString('hex') : JSON.stringify(value);
}

export function typedProperty(value: PropertyValue): Typed {
  if (typeof value === 'object' && value !== null) return types.wrap_timestamp(value.timestampMs);
  return types.wrap(value);
}
