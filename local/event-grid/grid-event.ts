// An event in either of Event Grid's schemas: what is taken from a publisher, and how one schema becomes the other.
// https://learn.microsoft.com/azure/event-grid/event-schema and …/cloud-event-schema
import type { EventSchema } from '../topology/event-grid.ts';

export interface GridEvent {
  readonly schema: EventSchema;
  readonly body: Readonly<Record<string, unknown>>;
}

export function typeOf({ schema, body }: GridEvent): string {
  return String(body[schema === 'EventGridSchema' ? 'eventType' : 'type']);
}

export function timeOf({ schema, body }: GridEvent): unknown {
  return body[schema === 'EventGridSchema' ? 'eventTime' : 'time'];
}

/** Text that must be there, by schema. */
const required: Readonly<Record<EventSchema, readonly string[]>> = {
  EventGridSchema: ['id', 'subject', 'eventType', 'eventTime'],
  CloudEventSchemaV1_0: ['id', 'source', 'type', 'specversion'],
};

/**
 * What a publisher sent, as the events of a topic: an array, of CloudEvents also a single one. Event Grid stamps its own events.
 * Answers what is wrong with it as text.
 */
export function readPublished(json: unknown, schema: EventSchema, topicId: string): GridEvent[] | string {
  const list = schema === 'CloudEventSchemaV1_0' && isObject(json) ? [json] : json;
  if (!Array.isArray(list) || !list.every(isObject))
    return `This topic takes events in ${schema}: send a JSON array of objects.`;
  for (const [index, event] of list.entries()) {
    const missing = required[schema].find((name) => typeof event[name] !== 'string' || event[name] === '');
    if (missing !== undefined)
      return `Event ${index} is not in ${schema}, which this topic takes: it needs "${missing}".`;
    if (schema === 'CloudEventSchemaV1_0' && event['specversion'] !== '1.0')
      return `Event ${index} has the specversion ${JSON.stringify(event['specversion'])}; this topic takes "1.0".`;
    if (event['dataVersion'] !== undefined && typeof event['dataVersion'] !== 'string')
      return `Event ${index} has a dataVersion that is not a string.`;
    if (schema === 'EventGridSchema' && ![undefined, '', topicId].includes(event['topic'] as string | undefined))
      return `Event ${index} names another topic than the one it was sent to. Leave "topic" out.`;
  }
  return list.map((body) => ({ schema, body: schema === 'EventGridSchema' ? stamped(body, topicId) : body }));
}

function stamped(body: Readonly<Record<string, unknown>>, topicId: string) {
  return { dataVersion: '', ...body, topic: topicId, metadataVersion: '1' };
}

/** The body in the schema of a subscription. CloudEvents stay what they are: the topology allows nothing else. */
export function inSchema({ schema, body }: GridEvent, wanted: EventSchema): GridEvent {
  if (schema === wanted) return { schema, body };
  const { id, topic, subject, eventType, eventTime, dataVersion, data } = body;
  const dataSchema = typeof dataVersion === 'string' && dataVersion !== '' ? { dataschema: `#${dataVersion}` } : {};
  return {
    schema: wanted,
    body: { specversion: '1.0', id, source: topic, subject, type: eventType, time: eventTime, ...dataSchema, data },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
