import { expect, test } from 'vitest';
import { deadLetter, readMessage, scheduledCopy } from '../../../../../shared/adapters/functions/received-message.ts';

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

const idOfCopy = (of: Readonly<Record<string, unknown>>): unknown =>
  scheduledCopy(readMessage(body, of), new Date(5000)).messageId;

test('a copy is the same message to its reader: properties, session of the reply, whom to reply to', () => {
  const replies = { replyTo: 'order-replies', replyToSessionId: 'asker-1' };
  const received = readMessage(body, { ...metadata, ...replies, applicationProperties: { tenant: 't', weight: 3 } });
  for (const message of [scheduledCopy(received, new Date(5000)), deadLetter(received, 'mail', 'x', 'y')]) {
    expect(message).toMatchObject({ ...replies, contentType: metadata.contentType });
    expect(message.applicationProperties).toMatchObject({ tenant: 't', weight: 3 });
  }
});

test('a resubmission has copies of its own, which duplicate detection does not take for those of the original', () => {
  const resubmitted = { ...metadata, messageId: 'm-1!r1', applicationProperties: { originalId: 'm-1' } };
  expect(idOfCopy(resubmitted)).toBe('m-1!r1#1');
  expect(
    idOfCopy({ ...resubmitted, messageId: 'm-1!r1#1', applicationProperties: { originalId: 'm-1', copy: 1 } }),
  ).toBe('m-1!r1#2');
});

test('two messages without an id are no copies of each other', () => {
  const { messageId: _, ...nameless } = metadata;
  expect(idOfCopy({ ...nameless, sequenceNumber: 7 })).toBe('sequence-7#1');
  expect(idOfCopy({ ...nameless, sequenceNumber: 8 })).toBe('sequence-8#1');
});

test('an id as long as the broker allows leaves room for the number of the copy, and its copies count on', () => {
  const first = String(idOfCopy({ ...metadata, messageId: 'x'.repeat(128) }));
  expect(first.length).toBeLessThanOrEqual(128);
  expect(first).not.toBe(idOfCopy({ ...metadata, messageId: `y${'x'.repeat(127)}` }));
  const second = idOfCopy({ ...metadata, messageId: first, applicationProperties: { copy: 1 } });
  expect(second).toBe(first.replace('#1', '#2'));
});

test.each([[-1], ['3'], [1.5], [Number.NaN], [null]])('a number of copies that is none, %s, counts from 0', (copy) => {
  expect(readMessage(body, { ...metadata, applicationProperties: { copy } }).copy).toBe(0);
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
