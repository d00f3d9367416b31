// Reads from an encoded message what the broker needs, and writes what it adds. Everything else passes as the bytes it came as.
import { randomUUID } from 'node:crypto';
import rhea from 'rhea';
import type { Properties, PropertyValue } from '../broker/entities/definitions.ts';
import type { Content, Lock, Message } from '../broker/entities/message.ts';
import type { Sending } from '../broker/operations/send.ts';
import type { RuleFields } from '../broker/rules/rule-fields.ts';
import { amqpWriter, type Typed, typedMap } from './rhea-internals.ts';
import { asBuffer, dataOf, described, listAt, mapAt, symbolMap } from './section-values.ts';
import { findSections, type Section, sectionCodes } from './sections.ts';

const { types } = rhea;

/** Positions in the properties list. [AMQP 1.0 §3.2.4] */
const propertyAt = {
  messageId: 0,
  to: 2,
  subject: 3,
  replyTo: 4,
  correlationId: 5,
  contentType: 6,
  groupId: 10,
  replyToGroupId: 12,
} as const;

/**
 * Reads all that is ever read of a message but its body, so that what is accepted can also be delivered.
 * @throws BrokerError invalid-argument when the bytes are no message
 */
export function decodeSending(encoded: Buffer): Sending {
  const sections = findSections(encoded);
  mapAt(encoded, sections, sectionCodes.applicationProperties);
  const properties = listAt(encoded, sections, sectionCodes.properties);
  const ttl = listAt(encoded, sections, sectionCodes.header)[2]?.value as number | null | undefined;
  const scheduledFor = mapAt(encoded, sections, sectionCodes.messageAnnotations).get('x-opt-scheduled-enqueue-time');
  const givenId = idText(properties[propertyAt.messageId]);
  // Clients renew locks by message id and Service Bus always has one.
  const messageId = givenId ?? randomUUID().replaceAll('-', '');
  const content: Content = {
    raw: givenId === undefined ? withMessageId(encoded, sections, properties, messageId) : Buffer.from(encoded),
    messageId,
    sessionId: text(properties[propertyAt.groupId]),
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
    sessionId: text(properties[propertyAt.groupId]),
    replyToSessionId: text(properties[propertyAt.replyToGroupId]),
    properties: Object.fromEntries(
      mapAt(encoded, sections, sectionCodes.applicationProperties)
        .entries()
        .map(([name, value]) => [name, propertyValue(value.value)]),
    ),
  };
}

/** The message as a receiver gets it; without a lock it is only looked at, or gone. */
export function encodeDelivery(message: Message, lock?: Pick<Lock, 'lockedUntilMs' | 'returnsTo'>): Buffer {
  const encoded = asBuffer(message.content.raw);
  const sections = findSections(encoded);
  const header = listAt(encoded, sections, sectionCodes.header);
  const annotations = mapAt(encoded, sections, sectionCodes.messageAnnotations);
  for (const [name, value] of brokerAnnotations(message, lock)) annotations.set(name, value);
  const writer = amqpWriter();
  const [durable, priority, ttl, firstAcquirer] = Array.from({ length: 4 }, (_, index) => header[index]);
  const deliveryCount = types.wrap_uint(message.deliveryCount);
  writer.write(described(sectionCodes.header, types.wrap_list([durable, priority, ttl, firstAcquirer, deliveryCount])));
  writer.write(described(sectionCodes.messageAnnotations, symbolMap(annotations)));
  return Buffer.concat([writer.toBuffer(), ...passedOn(encoded, sections, message.changedProperties)]);
}

/** Dictionary values from settlement: numbers, strings, booleans and times; anything else is kept as text. */
export function toProperties(given: unknown): Properties {
  if (typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, propertyValue(value)]));
}

function brokerAnnotations(
  message: Message,
  lock: Pick<Lock, 'lockedUntilMs' | 'returnsTo'> | undefined,
): [string, Typed][] {
  const annotations: [string, Typed][] = [
    ['x-opt-sequence-number', types.wrap_long(message.sequenceNumber)],
    ['x-opt-enqueue-sequence-number', types.wrap_long(message.enqueuedSequenceNumber)],
    ['x-opt-enqueued-time', types.wrap_timestamp(message.enqueuedAtMs)],
  ];
  if (lock) annotations.push(['x-opt-locked-until', types.wrap_timestamp(lock.lockedUntilMs)]);
  if (message.state === 'deferred' || lock?.returnsTo === 'deferred')
    annotations.push(['x-opt-message-state', types.wrap_int(1)]);
  if (message.state === 'scheduled') annotations.push(['x-opt-message-state', types.wrap_int(2)]);
  if (message.deadLetterSource !== undefined)
    annotations.push(['x-opt-deadletter-source', types.wrap_string(message.deadLetterSource)]);
  return annotations;
}

/** From the properties on; application properties are rewritten only when settlement changed some. */
function passedOn(encoded: Buffer, sections: readonly Section[], changed: Properties): Buffer[] {
  const kept = sections.filter(({ code }) => code >= sectionCodes.properties);
  const bytesOf = ({ start, end }: Section) => encoded.subarray(start, end);
  if (Object.keys(changed).length === 0) return kept.map(bytesOf);
  const merged = mapAt(encoded, sections, sectionCodes.applicationProperties);
  for (const [name, value] of Object.entries(changed)) merged.set(name, typedProperty(value));
  const items = Array.from(merged).flatMap(([name, value]) => [types.wrap_string(name), value]);
  const writer = amqpWriter();
  writer.write(described(sectionCodes.applicationProperties, typedMap(items)));
  const before = kept.filter(({ code }) => code < sectionCodes.applicationProperties);
  const after = kept.filter(({ code }) => code > sectionCodes.applicationProperties);
  return [...before.map(bytesOf), writer.toBuffer(), ...after.map(bytesOf)];
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

function typedProperty(value: PropertyValue): Typed {
  if (typeof value === 'object' && value !== null) return types.wrap_timestamp(value.timestampMs);
  return types.wrap(value);
}
