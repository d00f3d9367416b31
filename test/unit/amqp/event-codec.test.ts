// Events on the wire: what a sender wrote passes untouched, with the hub's annotations beside it.
import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { decodeSent, encodeEvent, withLogEnd } from '../../../local/amqp/event-hubs/event-codec.ts';

const stamp = { sequenceNumber: 41, offset: '41', enqueuedAtMs: 1_700_000_000_000, partitionKey: 'oven' };
const encode = (message: object) => rhea.message.encode(message as Parameters<typeof rhea.message.encode>[0]);
const decode = (bytes: Uint8Array) => rhea.message.decode(Buffer.from(bytes));

describe('an event', () => {
  it('keeps header, properties and body and gets its place and time', () => {
    const sent = {
      durable: true,
      subject: 'reading',
      application_properties: { unit: 'C' },
      message_annotations: { 'x-opt-own': 'kept', 'x-opt-offset': 'forged' },
      body: rhea.message.data_section(Buffer.from('{"t":1}')),
    };
    const got = decode(encodeEvent(encode(sent), stamp));
    expect(got).toMatchObject({ durable: true, subject: 'reading', application_properties: { unit: 'C' } });
    expect(got['message_annotations']).toEqual({
      'x-opt-own': 'kept',
      'x-opt-sequence-number': 41,
      'x-opt-offset': '41',
      'x-opt-enqueued-time': new Date(stamp.enqueuedAtMs),
      'x-opt-partition-key': 'oven',
    });
    expect((got['body'] as { content: Buffer }).content.toString()).toBe('{"t":1}');
  });

  it.each([{ durable: true }, {}])('with header %o tells how far its partition is', (header) => {
    const event = Buffer.from(encodeEvent(encode({ ...header, body: 'b' }), stamp));
    const ends = {
      firstSequenceNumber: 0,
      firstOffset: 0,
      firstEnqueuedAtMs: 0,
      nextSequenceNumber: 50,
      nextOffset: 5000,
      lastOffset: 4900,
      lastEnqueuedAtMs: 1000,
    };
    const got = decode(withLogEnd(event, ends, 2000));
    expect(got).toMatchObject({ ...header, body: 'b' });
    expect(got['delivery_annotations']).toEqual({
      last_enqueued_sequence_number: 49,
      last_enqueued_offset: '4900',
      last_enqueued_time_utc: new Date(1000),
      runtime_info_retrieval_time_utc: new Date(2000),
    });
  });
});

describe('what was sent', () => {
  it('is a batch of events with one key, or one event', () => {
    const events = ['a', 'b'].map((body) => encode({ body }));
    const annotations = { message_annotations: { 'x-opt-partition-key': 'oven' } };
    const batch = encode({ ...annotations, body: rhea.message.data_sections(events) });
    expect(decodeSent(batch, true)).toEqual({ events, partitionKey: 'oven' });
    const single = encode({ ...annotations, body: 'a' });
    expect(decodeSent(single, false)).toEqual({ events: [single], partitionKey: 'oven' });
  });

  it('is refused when it is no event', () => {
    expect(() => encodeEvent(Buffer.from('nothing'), stamp)).toThrow('The bytes are not an AMQP message.');
  });

  it('is refused, and read no further than it goes, whatever byte of it is wrong', () => {
    const sent = encode({ message_annotations: { 'x-opt-partition-key': 'k', own: [1, 'two'] }, body: 'b' });
    const bytes = fc.array(fc.tuple(fc.nat(sent.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(bytes, fc.nat(sent.length), (changes, length) => {
        const broken = Buffer.from(sent);
        for (const [at, byte] of changes) broken[at] = byte;
        expect(refusalOf(() => encodeEvent(broken.subarray(0, length), stamp))).toMatch(/^(taken|invalid-argument)$/);
      }),
      { numRuns: 2000 },
    );
  });
});

function refusalOf(attempt: () => void): string {
  try {
    attempt();
    return 'taken';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}
