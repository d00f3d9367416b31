// Transfers and their outcomes, by the AMQP 1.0 text and what Service Bus makes of them. [AMQP 1.0 part 2 §2.6.12, part 3 §3.4]
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide
import rhea from 'rhea';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AmqpPeer, flow, frame } from '../support/amqp-peer.ts';
import { type LocalAmqp, startAmqp } from '../support/amqp-server.ts';

const { message, types } = rhea as unknown as {
  message: Record<string, (fields?: unknown) => { described(): unknown }> & {
    encode(message: unknown): Buffer;
    decode(bytes: Buffer): Record<string, unknown>;
  };
  types: typeof rhea.types;
};
const outcome = (name: string, fields?: unknown) => message[name]?.(fields).described();

describe('a transfer of AMQP', () => {
  let amqp: LocalAmqp;
  let client: AmqpPeer;
  beforeEach(async () => {
    amqp = await startAmqp([{ name: 'q', properties: { maxDeliveryCount: 10 } }]);
    client = new AmqpPeer(amqp.port).begin();
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await amqp[Symbol.asyncDispose]();
  });

  const encode = (fields: Record<string, unknown>) =>
    message.encode({ body: message['data_section']?.(Buffer.from('x')), ...fields });
  const give = (link_credit: number, fields: Record<string, unknown> = {}) =>
    flow({ handle: 1, delivery_count: 0, link_credit, ...fields });
  const bodyOf = (deliveryId: number) =>
    Buffer.concat(
      client
        .of('transfer')
        .filter(({ fields }) => fields['delivery_id'] === deliveryId)
        .map(({ payload }) => payload ?? Buffer.alloc(0)),
    );
  const decoded = (deliveryId: number) => message.decode(bodyOf(deliveryId));
  const settle = (fields: Record<string, unknown>) => frame('disposition', { role: true, settled: true, ...fields });

  /** Sends these and receives them on handle 1; the first one comes as delivery 0. */
  async function receive(encoded: Buffer[], fields: Record<string, unknown> = {}): Promise<void> {
    client.attachSender('q', 0);
    encoded.forEach((bytes, id) => client.transfer(id, {}, bytes));
    await expect
      .poll(() =>
        client.of('disposition').reduce((sum, { fields: { first = 0, last = first } }) => sum + last - first + 1, 0),
      )
      .toBe(encoded.length);
    client.attachReceiver('q', 1, fields).send(give(100));
    await client.next('transfer', encoded.length - 1);
  }

  it('goes in many small frames both ways', async () => {
    client[Symbol.dispose]();
    client = new AmqpPeer(amqp.port).begin({ max_frame_size: 512 });
    const body = Buffer.alloc(20_000, 7);
    const encoded = encode({ message_id: 'big', body: message['data_section']?.(body) });
    client.attachSender('q', 0);
    for (let at = 0; at < encoded.length; at += 300)
      client.transfer(0, { more: at + 300 < encoded.length }, encoded.subarray(at, at + 300));
    await client.next('disposition');
    client.attachReceiver('q', 1).send(give(1));
    await expect.poll(() => client.of('transfer').some(({ fields }) => !fields['more'])).toBe(true);
    expect(Math.max(...client.received.map(({ sizeBytes }) => sizeBytes))).toBeLessThanOrEqual(512);
    expect((decoded(0)['body'] as { content: Buffer }).content.equals(body)).toBe(true);
  });

  it('leaves nothing behind when it is aborted, at its start or later, and costs no credit', async () => {
    client.attachSender('q', 0);
    for (let id = 0; id < 3000; id += 2) {
      client.transfer(id, { more: true }, Buffer.from('half')).transfer(id, { aborted: true });
      client.transfer(id + 1, { aborted: true });
      if (id % 500 === 0) await new Promise(setImmediate);
    }
    client.transfer(3000, {}, encode({ message_id: 'whole' }));
    await client.next('disposition');
    client.attachReceiver('q', 1).send(give(10));
    await client.next('transfer');
    expect(decoded(0)).toMatchObject({ message_id: 'whole' });
    expect(client.of('disposition').map(({ fields }) => fields['first'])).toEqual([3000]);
  });

  it('is rejected when it is larger than the link takes, and the link goes on', async () => {
    client.attachSender('q', 0);
    const { fields } = await client.next('attach');
    expect(fields['max_message_size']).toBe(256 * 1024);
    for (let frames = 0; frames < 10; frames += 1) client.transfer(0, { more: frames < 9 }, Buffer.alloc(50_000));
    const { fields: refused } = await client.next('disposition');
    expect(JSON.stringify(refused['state'])).toContain('amqp:link:message-size-exceeded');
    client.transfer(1, {}, encode({ message_id: 'next' }));
    expect((await client.next('disposition', 1)).fields['first']).toBe(1);
  });

  it('without end ends its link and is not collected', async () => {
    client.attachSender('q', 0);
    const before = process.memoryUsage().arrayBuffers;
    for (let megabytes = 0; megabytes < 100; megabytes += 1) {
      for (let part = 0; part < 20; part += 1) client.transfer(0, { more: true }, Buffer.alloc(50_000));
      await new Promise(setImmediate);
      if (client.of('detach').length > 0) break;
    }
    expect((await client.next('detach')).fields.error?.condition).toBe('amqp:link:message-size-exceeded');
    expect((process.memoryUsage().arrayBuffers - before) / 1e6).toBeLessThan(80);
    await amqp.exchange('q');
  });

  it('is refused when it would resume an earlier one', async () => {
    client.attachSender('q', 0).transfer(0, { resume: true }, encode({}));
    expect((await client.next('detach')).fields.error?.condition).toBe('amqp:not-implemented');
  });

  it('that is settled as it is sent gets no answer and is kept', async () => {
    client
      .attachSender('q', 0, { snd_settle_mode: 2 })
      .transfer(0, { settled: true }, encode({ message_id: 'settled' }));
    client.transfer(1, {}, encode({ message_id: 'unsettled' }));
    expect((await client.next('disposition')).fields['first']).toBe(1);
    client.attachReceiver('q', 1).send(give(2));
    await client.next('transfer', 1);
    expect([decoded(0)['message_id'], decoded(1)['message_id']]).toEqual(['settled', 'unsettled']);
  });

  it('without a payload, or that is no message, is rejected alone', async () => {
    client
      .attachSender('q', 0)
      .transfer(0, {})
      .transfer(1, {}, Buffer.from('no message'))
      .transfer(2, {}, encode({ message_id: 'm' }));
    await client.next('disposition', 2);
    const refused = client
      .of('disposition')
      .filter(({ fields }) => JSON.stringify(fields['state']).includes('argument-error'));
    expect(refused.map(({ fields }) => fields['first'])).toEqual([1]);
  });

  it.each([
    ['good', 'bad', 'good'],
    ['bad', 'good', 'good'],
    ['bad', 'bad', 'good'],
  ])('%s, %s and %s in one go is answered each as it is', async (...kinds) => {
    client.attachSender('q', 0);
    await client.next('flow');
    const transfers = kinds.map((kind, delivery_id) => {
      const fields = { handle: 0, delivery_id, delivery_tag: Buffer.from(kind), message_format: 0 };
      return frame('transfer', fields, 0, encode({ message_id: kind === 'good' ? 'm' : 'm'.repeat(129) }));
    });
    client.send(...transfers);
    const told = () =>
      client.of('disposition').flatMap(({ fields: { first = 0, last = first, state } }) => {
        const kind = JSON.stringify(state).includes('argument-error') ? 'bad' : 'good';
        return Array.from({ length: last - first + 1 }, (_, index): [number, string] => [first + index, kind]);
      });
    await expect.poll(() => Object.values(Object.fromEntries(told()))).toEqual(kinds);
    expect(told()).toHaveLength(kinds.length);
  });

  it.each([
    ['accepted', undefined, undefined],
    ['rejected', undefined, 'q/$DeadLetterQueue'],
    [
      'rejected',
      { error: { condition: 'com.microsoft:dead-letter', info: { DeadLetterReason: 'bad' } } },
      'q/$DeadLetterQueue',
    ],
    ['rejected', { error: { condition: 'amqp:internal-error', description: 'mine' } }, 'q/$DeadLetterQueue'],
  ])('that is %s with %j leaves the queue', async (name, fields, goesTo) => {
    await receive([encode({ message_id: 'm' })]);
    client.send(settle({ first: 0, state: outcome(name, fields), settled: false }));
    const answers = () => client.of('disposition').filter(({ fields: { role } }) => !role);
    await expect.poll(() => answers().map((answer) => answer.fields['settled'])).toEqual([true]);
    if (!goesTo) return;
    client.attachReceiver(goesTo, 2).send(flow({ next_incoming_id: 1, handle: 2, delivery_count: 0, link_credit: 1 }));
    await client.next('transfer', 1);
    expect(decoded(1)).toMatchObject({ message_id: 'm' });
  });

  it.each([
    ['released', undefined, 0, undefined],
    ['modified', {}, 1, undefined],
    ['modified', { delivery_failed: true }, 1, undefined],
    ['modified', { delivery_failed: true, message_annotations: { tried: 'once' } }, 1, 'once'],
  ])('that is %s with %j comes again, with %i deliveries counted', async (name, fields, count, annotation) => {
    await receive([encode({ message_id: 'm' })]);
    client.send(settle({ first: 0, state: outcome(name, fields) }));
    await client.next('transfer', 1);
    const again = decoded(1);
    const { tried } = { tried: undefined, ...(again['application_properties'] as object) };
    expect([again['message_id'], again['delivery_count'] ?? 0, tried]).toEqual(['m', count, annotation]);
  });

  it('that is modified as undeliverable here is set aside', async () => {
    await receive([encode({ message_id: 'm' })]);
    client.send(settle({ first: 0, state: outcome('modified', { undeliverable_here: true }) }));
    client.send(give(100, { next_incoming_id: 1, drain: true, delivery_count: 1 }));
    await expect.poll(() => client.of('flow').some(({ fields }) => fields['drain'])).toBe(true);
    expect(client.of('transfer')).toHaveLength(1);
  });

  it('settles a range at once, and ignores deliveries it does not know', async () => {
    await receive(['a', 'b', 'c'].map((id) => encode({ message_id: id })));
    client.send(settle({ first: 100, last: 2 ** 32 - 1, state: outcome('accepted') }));
    client.send(settle({ first: 0, last: 2 ** 32 - 1, state: outcome('accepted') }));
    client.send(settle({ first: 1, state: outcome('released') }), frame('detach', { handle: 1, closed: true }));
    await client.next('detach');
    await amqp.exchange('q');
    expect(client.of('transfer')).toHaveLength(3);
  });

  it('that is settled without an outcome stays locked', async () => {
    await receive([encode({ message_id: 'm' })]);
    client.send(settle({ first: 0 }), frame('disposition', { role: true, first: 0, settled: false }));
    client.send(give(100, { next_incoming_id: 1, drain: true, delivery_count: 1 }));
    await expect.poll(() => client.of('flow').some(({ fields }) => fields['drain'])).toBe(true);
    expect(client.of('transfer')).toHaveLength(1);
  });

  it.each([0, 1])('is settled by the service under receiver settle mode %i', async (rcv_settle_mode) => {
    await receive([encode({ message_id: 'm' })], { rcv_settle_mode });
    expect(client.of('attach').at(-1)?.fields['rcv_settle_mode'] ?? 0).toBe(rcv_settle_mode);
    client.send(settle({ first: 0, settled: rcv_settle_mode === 0, state: outcome('accepted') }));
    client.send(frame('detach', { handle: 1, closed: true }));
    await client.next('detach');
    await amqp.exchange('q');
  });

  it.each([
    ['several data sections', message['data_sections']?.([Buffer.from('a'), Buffer.from('b')] as never)],
    ['a value', { a: [1, 'two', null], b: new Date(5) }],
    ['a sequence', message['sequence_section']?.([1, 2, 'x'] as never)],
    ['several sequences', message['sequence_sections']?.([[1], ['x']] as never)],
  ])('keeps %s byte for byte, with footer, header, annotations and properties', async (_, body) => {
    const properties = {
      durable: true,
      priority: 7,
      message_annotations: { 'x-mine': 'kept' },
      user_id: Buffer.from('user'),
      subject: 's',
      content_type: 'text/x',
      absolute_expiry_time: new Date(1e12),
      group_sequence: 4,
      application_properties: primitives(),
      footer: { checksum: Buffer.from('f') },
    };
    const encoded = message.encode({
      message_id: types.wrap_ulong(42),
      correlation_id: types.wrap_uuid(Buffer.alloc(16, 9)),
      ...properties,
      body,
    });
    await receive([encoded]);
    const got = bodyOf(0);
    expect(decoded(0)).toMatchObject({ durable: true, priority: 7, message_annotations: { 'x-mine': 'kept' } });
    // From the properties on, nothing has changed.
    const from = encoded.indexOf(Buffer.from('005373', 'hex'));
    expect(got.subarray(got.indexOf(Buffer.from('005373', 'hex')))).toEqual(encoded.subarray(from));
  });

  it.each([
    ['a number', types.wrap_ulong(42)],
    ['a uuid', types.wrap_uuid(Buffer.alloc(16, 0xab))],
    ['binary', types.wrap_binary(Buffer.from([1, 2, 3]))],
    ['a string', types.wrap_string('id')],
  ])('keeps an id that is %s', async (_, id) => {
    const encoded = encode({ message_id: id, correlation_id: id });
    await receive([encoded]);
    expect([decoded(0)['message_id'], decoded(0)['correlation_id']]).toEqual([id.value, id.value]);
  });

  function primitives(): Record<string, unknown> {
    return {
      none: null,
      yes: true,
      ubyte: types.wrap_ubyte(1),
      ushort: types.wrap_ushort(2),
      uint: types.wrap_uint(300),
      ulong: types.wrap_ulong(2 ** 50),
      byte: types.wrap_byte(-1),
      short: types.wrap_short(-2),
      int: types.wrap_int(-300),
      long: types.wrap_long(-(2 ** 50)),
      float: types.wrap_float(0.5),
      double: types.wrap_double(0.1),
      char: types.wrap_char(0x1f600),
      timestamp: types.wrap_timestamp(1e12),
      uuid: types.wrap_uuid(Buffer.alloc(16, 3)),
      binary: types.wrap_binary(Buffer.from('b')),
      string: 'text',
      symbol: types.wrap_symbol('sym'),
    };
  }
});
