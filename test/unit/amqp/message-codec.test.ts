// What the broker reads from and writes into an encoded message.
import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../local/broker/errors.ts';
import type { Message } from '../../../local/broker/entities/message.ts';
import { deliveryTagToToken, tokenToDeliveryTag } from '../../../local/amqp/lock-token.ts';
import { encodeDelivery } from '../../../local/amqp/delivery-codec.ts';
import { decodeBatch, decodeSending, readRuleFields } from '../../../local/amqp/message-codec.ts';

const encode = (message: Record<string, unknown>) => rhea.message.encode(message);
const body = rhea.message.data_section(Buffer.from('payload')) as unknown;

const lock = { lockedUntilMs: 9000, returnsTo: 'ready' } as const;

function stored(raw: Uint8Array, given: Partial<Message> = {}): Message {
  return {
    content: { raw, messageId: 'm', sessionId: undefined, ttlMs: undefined },
    sequenceNumber: 7,
    enqueuedSequenceNumber: 3,
    enqueuedAtMs: 1000,
    expiresAtMs: undefined,
    scheduledForMs: undefined,
    deadLetterSource: undefined,
    state: 'ready',
    deliveryCount: 2,
    changedProperties: {},
    hasDeliveryRecord: false,
    ...given,
  };
}

/** Through the whole of a message's way: what is taken can be judged and delivered. */
function outcomeOf(encoded: Buffer): unknown {
  try {
    const { content } = decodeSending(encoded);
    encodeDelivery(stored(content.raw, { changedProperties: { x: 1 } }), lock);
    readRuleFields(content.raw);
    return 'passed';
  } catch (error) {
    return error instanceof BrokerError ? error.code : error;
  }
}

describe('the message codec', () => {
  it('reads what the broker needs', () => {
    const scheduledFor = new Date(5000);
    const { content, scheduledForMs } = decodeSending(
      encode({
        message_id: 'id-1',
        group_id: 's-1',
        ttl: 9000,
        message_annotations: { 'x-opt-scheduled-enqueue-time': scheduledFor },
        body,
      }),
    );
    expect(content).toMatchObject({ messageId: 'id-1', sessionId: 's-1', ttlMs: 9000 });
    expect(scheduledForMs).toBe(5000);
  });

  it('reads ids of every type as text', () => {
    expect(decodeSending(encode({ message_id: 42, body })).content.messageId).toBe('42');
    expect(decodeSending(encode({ message_id: Buffer.alloc(16, 0xab), body })).content.messageId).toBe('ab'.repeat(16));
  });

  it('puts an id into a message without one and leaves the rest as it was', () => {
    const { content } = decodeSending(encode({ subject: 's', application_properties: { a: 1 }, body }));
    const decoded = rhea.message.decode(Buffer.from(content.raw)) as unknown as Record<string, unknown>;
    expect(decoded).toMatchObject({ message_id: content.messageId, subject: 's', application_properties: { a: 1 } });
    expect(content.messageId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('reads the fields of rules', () => {
    const raw = encode({
      message_id: 'm',
      subject: 'label',
      correlation_id: 'c',
      application_properties: { n: 1, t: 'x', at: new Date(5), none: null },
      body,
    });
    expect(readRuleFields(raw)).toMatchObject({
      messageId: 'm',
      subject: 'label',
      correlationId: 'c',
      properties: { n: 1, t: 'x', at: { timestampMs: 5 }, none: null },
    });
  });

  it('adds what the receiver wants to know and passes everything else on', () => {
    const raw = encode({
      message_id: 'm',
      ttl: 60_000,
      message_annotations: { 'x-opt-partition-key': 'p', custom: 'kept' },
      application_properties: { kept: 'yes', attempt: 0 },
      body,
    });
    const delivered = encodeDelivery(stored(raw, { changedProperties: { attempt: 1 }, deadLetterSource: 'q' }), lock);
    expect(rhea.message.decode(delivered)).toMatchObject({
      message_id: 'm',
      ttl: 60_000,
      delivery_count: 2,
      message_annotations: {
        custom: 'kept',
        'x-opt-partition-key': 'p',
        'x-opt-sequence-number': 7,
        'x-opt-enqueue-sequence-number': 3,
        'x-opt-enqueued-time': new Date(1000),
        'x-opt-locked-until': new Date(9000),
        'x-opt-deadletter-source': 'q',
      },
      application_properties: { kept: 'yes', attempt: 1 },
    });
  });

  it('takes a batch apart', () => {
    const messages = ['a', 'b'].map((id) => encode({ message_id: id, body }));
    const batch = encode({ body: rhea.message.data_sections(messages) as unknown });
    expect(decodeBatch(batch).map(({ content }) => content.messageId)).toEqual(['a', 'b']);
  });

  it('refuses bytes that are no message and never fails otherwise', () => {
    const valid = encode({ message_id: 'm', ttl: 5, application_properties: { a: 1, b: 'x' }, body });
    fc.assert(
      fc.property(
        fc.nat(valid.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(valid.length),
        (at, byte, length) => {
          const damaged = Buffer.from(valid.subarray(0, length));
          if (at < damaged.length) damaged[at] = byte;
          expect(['passed', 'invalid-argument']).toContain(outcomeOf(damaged));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('writes lock tokens in the byte order of a .NET Guid', () => {
    const token = '00112233-4455-6677-8899-aabbccddeeff';
    expect(tokenToDeliveryTag(token).toString('hex')).toBe('33221100554477668899aabbccddeeff');
    expect(deliveryTagToToken(tokenToDeliveryTag(token))).toBe(token);
  });
});
