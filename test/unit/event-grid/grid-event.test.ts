// What a topic takes from a publisher, and what a subscription gets of it.
import { describe, expect, it } from 'vitest';
import { deadLetterBlob } from '../../../local/event-grid/dead-letter.ts';
import { afterAttempt, newDelivery } from '../../../local/event-grid/delivery.ts';
import { inSchema, readPublished } from '../../../local/event-grid/grid-event.ts';

const gridEvent = {
  id: '1',
  subject: 's',
  eventType: 'T',
  eventTime: '2030-01-01T00:00:00Z',
  dataVersion: '2',
  data: 1,
};
const cloudEvent = { specversion: '1.0', id: '1', source: 'here', type: 'T', data: { a: 1 } };

describe('a topic', () => {
  it('stamps its id on an event of the Event Grid schema', () => {
    expect(readPublished([gridEvent], 'EventGridSchema', '/topic')).toEqual([
      { schema: 'EventGridSchema', body: { ...gridEvent, topic: '/topic', metadataVersion: '1' } },
    ]);
  });

  it('takes a CloudEvent as it is, alone or in an array', () => {
    const expected = [{ schema: 'CloudEventSchemaV1_0', body: cloudEvent }];
    expect(readPublished(cloudEvent, 'CloudEventSchemaV1_0', '/topic')).toEqual(expected);
    expect(readPublished([cloudEvent], 'CloudEventSchemaV1_0', '/topic')).toEqual(expected);
  });

  it.each([
    [undefined, 'EventGridSchema', 'send a JSON array'],
    [['x'], 'EventGridSchema', 'send a JSON array'],
    [[cloudEvent], 'EventGridSchema', 'Event 0 is not in EventGridSchema, which this topic takes: it needs "subject"'],
    [[gridEvent], 'CloudEventSchemaV1_0', 'it needs "source"'],
    [[gridEvent, { ...gridEvent, id: '' }], 'EventGridSchema', 'Event 1'],
    [[{ ...gridEvent, topic: '/other' }], 'EventGridSchema', 'Leave "topic" out'],
    [[{ ...gridEvent, dataVersion: {} }], 'EventGridSchema', 'dataVersion that is not a string'],
    [[{ ...cloudEvent, specversion: '0.3' }], 'CloudEventSchemaV1_0', 'specversion "0.3"'],
  ] as const)('refuses %j as %s', (json, schema, message) => {
    expect(readPublished(json, schema, '/topic')).toContain(message);
  });
});

describe('a subscription to CloudEvents', () => {
  it('gets an event of the Event Grid schema as one', () => {
    const event = { schema: 'EventGridSchema', body: { ...gridEvent, topic: '/topic', metadataVersion: '1' } } as const;
    expect(inSchema(event, 'CloudEventSchemaV1_0').body).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/topic',
      subject: 's',
      type: 'T',
      time: '2030-01-01T00:00:00Z',
      dataschema: '#2',
      data: 1,
    });
  });
});

describe('a dead letter', () => {
  const policy = {
    destination: { kind: 'webhook', url: '' },
    deadLetterContainer: 'c',
    maxDeliveryAttempts: 1,
    timeToLiveMs: 1e6,
  } as const;
  const atMs = Date.UTC(2030, 0, 2, 3);
  const event = { schema: 'EventGridSchema', body: { ...gridEvent, topic: '/topic' } } as const;
  const accepted = newDelivery({ key: 'k', topic: 't', subscription: 'uploads' }, event, atMs - 1000);
  const givenUp = afterAttempt(accepted, policy, { kind: 'answered', status: 404 }, atMs);

  it('is a blob under its subscription and hour', () => {
    expect(deadLetterBlob(givenUp, 'EventGridSchema').name).toMatch(/^UPLOADS\/2030\/1\/2\/3\/[0-9a-f-]{36}\.json$/);
  });

  it('has the event and why it was given up', () => {
    expect(JSON.parse(deadLetterBlob(givenUp, 'EventGridSchema').body)).toEqual([
      {
        ...event.body,
        deadLetterReason: 'MaxDeliveryAttemptsExceeded',
        deliveryAttempts: 1,
        lastDeliveryOutcome: 'NotFound',
        publishTime: '2030-01-02T02:59:59.000Z',
        lastDeliveryAttemptTime: '2030-01-02T03:00:00.000Z',
      },
    ]);
  });

  it('has lower-case attributes as a CloudEvent', () => {
    const [body] = JSON.parse(deadLetterBlob(givenUp, 'CloudEventSchemaV1_0').body) as object[];
    expect(body).toMatchObject({
      specversion: '1.0',
      deadletterreason: 'MaxDeliveryAttemptsExceeded',
      deliveryattempts: 1,
    });
  });

  it('has the same name when it is written again', () => {
    expect(deadLetterBlob(givenUp, 'EventGridSchema').name).toBe(deadLetterBlob(givenUp, 'EventGridSchema').name);
  });
});
