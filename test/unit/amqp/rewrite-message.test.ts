// Rule fields written into an encoded message.
import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { readRuleFields } from '../../../local/amqp/message-codec.ts';
import { writeRuleFields } from '../../../local/amqp/rewrite-message.ts';

const { types } = rhea;
const encode = (message: Record<string, unknown>) => rhea.message.encode(message);
const decode = (encoded: Buffer) => rhea.message.decode(encoded) as unknown as Record<string, unknown>;

describe('a rewritten message', () => {
  it('keeps header, annotations, body and the AMQP types of what is the same', () => {
    const sent = encode({
      durable: true,
      message_annotations: { 'x-opt-partition-key': 'p' },
      message_id: types.wrap_ulong(7),
      subject: 'Order',
      creation_time: new Date(1000),
      application_properties: { count: types.wrap_ubyte(3), gone: 'x', note: 'old' },
      body: rhea.message.data_section(Buffer.from('payload')) as unknown,
    });
    const fields = readRuleFields(sent);
    const written = writeRuleFields(sent, {
      ...fields,
      to: 'there',
      properties: { count: 3, note: 'new', added: 1.5 },
    });
    expect(decode(written)).toEqual({
      ...decode(sent),
      to: 'there',
      application_properties: { count: 3, note: 'new', added: 1.5 },
    });
    // A ubyte, and the id a ulong still. [AMQP 1.0 part 1 §1.6]
    expect(written.includes(Buffer.concat([Buffer.from('\xa1\x05count\x50\x03', 'latin1')]))).toBe(true);
    expect(written.includes(Buffer.from([0x53, 7]))).toBe(true);
  });

  it('says what was written, and what was cleared not at all', () => {
    const text = fc.option(fc.string({ maxLength: 5 }), { nil: undefined });
    const value = fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.boolean(), fc.constant(null));
    const fields = fc.record({
      messageId: text,
      correlationId: text,
      to: text,
      replyTo: text,
      subject: text,
      contentType: text,
      sessionId: text,
      replyToSessionId: text,
      properties: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), value, { noNullPrototype: true }),
    });
    const empty = encode({ body: rhea.message.data_section(Buffer.from('payload')) as unknown });
    fc.assert(
      fc.property(fields, fields, (first, second) => {
        const written = writeRuleFields(writeRuleFields(empty, first), second);
        expect(readRuleFields(written)).toEqual(second);
        expect(String((decode(written)['body'] as { content: Buffer }).content)).toBe('payload');
      }),
    );
  });
});
