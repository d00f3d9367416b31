import { expect, test } from 'vitest';
import { deadLetter, readMessage, scheduledCopy } from '../../../../shared/adapters/functions/received-message.ts';

const body = new TextEncoder().encode('{"specversion":"1.0"}');
const metadata = {
  messageId: 'm-1',
  enqueuedTimeUtc: '2026-01-01T00:00:00.000Z',
  correlationId: 'o-1',
  subject: 'OrderPlaced',
  contentType: 'application/cloudevents+json',
};

test('a copy carries the id of the original and its number', () => {
  const copy = scheduledCopy(readMessage(body, metadata), new Date(5000));
  expect(copy).toMatchObject({
    messageId: 'm-1#1',
    scheduledEnqueueTimeUtc: new Date(5000),
    subject: 'OrderPlaced',
    correlationId: 'o-1',
  });
});

test('the copy of a copy counts on and keeps the age of the original', () => {
  const first = scheduledCopy(readMessage(body, metadata), new Date(5000));
  const second = scheduledCopy(
    readMessage(body, {
      ...metadata,
      messageId: first.messageId,
      enqueuedTimeUtc: '2026-01-01T00:00:05.000Z',
      applicationProperties: first.applicationProperties,
    }),
    new Date(9000),
  );
  expect(second).toMatchObject({
    messageId: 'm-1#2',
    applicationProperties: { originalId: 'm-1', originalAt: '2026-01-01T00:00:00.000Z', copy: 2 },
  });
});

test('a dead letter holds the untouched body and says why and from where', () => {
  const letter = deadLetter(readMessage(body, metadata), 'mail', 'invalid-message', 'x'.repeat(5000));
  expect(Buffer.from(body).equals(letter.body)).toBe(true);
  expect(letter.applicationProperties).toMatchObject({
    reason: 'invalid-message',
    sourceEntity: 'mail',
    originalId: 'm-1',
  });
  expect(String(letter.applicationProperties?.['description'])).toHaveLength(1024);
});
