import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../local/host/function-app.ts';
import { bodyData } from '../../../local/host/body-data.ts';
import { messageMetadata, type ReceivedMessage } from '../../../local/host/service-bus/message-metadata.ts';

const trigger = (options: object): Binding => ({ name: 't', type: 'serviceBusTrigger', direction: 'in', ...options });
const text = (body: unknown) => ({ body });

describe('Service Bus message', () => {
  it('is text unless the binding says binary', () => {
    expect(bodyData([text(Buffer.from('{"A":1}'))], trigger({}))).toEqual({ string: '{"A":1}' });
  });

  it('is bytes with dataType binary', () => {
    const body = Buffer.from([0, 255]);
    expect(bodyData([text(body)], trigger({ dataType: 'binary' }))).toEqual({ bytes: body });
  });

  it('joins several Data sections', () => {
    const body = [Buffer.from('ab'), Buffer.from('c')];
    expect(bodyData([text(body)], trigger({}))).toEqual({ string: 'abc' });
  });

  it.each([
    ['text', 'text'],
    [{ a: 1 }, '{"a":1}'],
    [undefined, ''],
  ])('takes a body that is no Data section: %j', (body, expected) => {
    expect(bodyData([text(body)], trigger({}))).toEqual({ string: expected });
  });

  it('is a collection when the function takes many', () => {
    const messages = [text(Buffer.from('1')), text(Buffer.from('2'))];
    expect(bodyData(messages, trigger({ cardinality: 'many' }))).toEqual({
      collectionString: { string: ['1', '2'] },
    });
    expect(bodyData(messages, trigger({ cardinality: 'many', dataType: 'binary' }))).toEqual({
      collectionBytes: { bytes: [Buffer.from('1'), Buffer.from('2')] },
    });
  });
});

describe('Service Bus metadata', () => {
  const message = {
    body: undefined,
    messageId: 'm-1',
    deliveryCount: 0,
    sequenceNumber: 42 as unknown as NonNullable<ReceivedMessage['sequenceNumber']>,
    enqueuedTimeUtc: new Date('2026-01-01T00:00:00Z'),
    applicationProperties: { Attempt: 2 },
    subject: 'OrderPlaced',
  };

  it('counts the delivery under way, as .NET does', () => {
    expect(messageMetadata([message], undefined)['DeliveryCount']).toEqual({ json: '1' });
  });

  it('keeps .NET names and JSON dates and leaves out what is not there', () => {
    expect(messageMetadata([message], undefined)).toEqual({
      DeliveryCount: { json: '1' },
      MessageId: { string: 'm-1' },
      SequenceNumber: { json: '42' },
      EnqueuedTimeUtc: { json: '"2026-01-01T00:00:00.000Z"' },
      Subject: { string: 'OrderPlaced' },
      ApplicationProperties: { json: '{"Attempt":2}' },
    });
  });

  it('is arrays when the function takes many', () => {
    const metadata = messageMetadata([message, { body: undefined, messageId: 'm-2' }], 'many');
    expect(metadata['MessageIdArray']).toEqual({ json: '["m-1","m-2"]' });
    expect(metadata['SubjectArray']).toEqual({ json: '["OrderPlaced",null]' });
    expect(metadata['MessageId']).toBeUndefined();
  });
});
