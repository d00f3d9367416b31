import type { DequeuedMessageItem } from '@azure/storage-queue';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeMessage,
  queueMessageData,
  queueMessageMetadata,
} from '../../../local/host/storage-queue/queue-message.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('storage queue message', () => {
  it('is decoded from base64, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeMessage(base64(text), 'base64')?.toString()).toBe(text);
      }),
    );
  });

  it('may come without padding', () => {
    expect(decodeMessage('YQ', 'base64')?.toString()).toBe('a');
  });

  it.each(['plain text', '{"a":1}', 'YQ=a'])('is nothing when it is not base64: %s', (text) => {
    expect(decodeMessage(text, 'base64')).toBeUndefined();
  });

  it('is taken as it is with messageEncoding none', () => {
    expect(decodeMessage('plain text', 'none')?.toString()).toBe('plain text');
  });

  it('is text, or bytes with dataType binary', () => {
    expect(queueMessageData(Buffer.from('a'), undefined)).toEqual({ string: 'a' });
    expect(queueMessageData(Buffer.from('a'), 'binary')).toEqual({ bytes: Buffer.from('a') });
  });

  it("has its metadata under Azure's names", () => {
    const message: DequeuedMessageItem = {
      messageId: 'id',
      messageText: 'YQ==',
      popReceipt: 'receipt',
      dequeueCount: 2,
      insertedOn: new Date('2026-01-01T00:00:00Z'),
      expiresOn: new Date('2026-01-08T00:00:00Z'),
      nextVisibleOn: new Date('2026-01-01T00:00:30Z'),
    };
    expect(queueMessageMetadata(message, Buffer.from('a'))).toEqual({
      QueueTrigger: { string: 'a' },
      DequeueCount: { int: 2 },
      Id: { string: 'id' },
      PopReceipt: { string: 'receipt' },
      InsertionTime: { json: '"2026-01-01T00:00:00.000Z"' },
      ExpirationTime: { json: '"2026-01-08T00:00:00.000Z"' },
      NextVisibleTime: { json: '"2026-01-01T00:00:30.000Z"' },
    });
  });
});
