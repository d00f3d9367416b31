// How a connection begins and ends, by the AMQP 1.0 text and whatever client. [AMQP 1.0 part 2 §2.2 to §2.4, part 5 §5.3]
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AmqpPeer, begin, frame, headers, open, saslFrame } from '../support/amqp-peer.ts';
import { type LocalAmqp, startAmqp } from '../support/amqp-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** A frame on channel 0 that holds these bytes. */
function body(hex: string): Buffer {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const head = Buffer.from('0000000002000000', 'hex');
  head.writeUInt32BE(head.length + bytes.length);
  return Buffer.concat([head, bytes]);
}

function nested(depth: number): string {
  let value = Buffer.from([0x45]);
  for (let level = 0; level < depth; level += 1) {
    const head = Buffer.from('d00000000000000001', 'hex');
    head.writeUInt32BE(value.length + 4, 1);
    value = Buffer.concat([head, value]);
  }
  return value.toString('hex');
}

describe('an AMQP connection', () => {
  let amqp: LocalAmqp;
  beforeAll(async () => {
    amqp = await startAmqp([{ name: 'q' }], { handshakeTimeOutMs: 400, idleTimeOutMs: 200 });
  });
  afterAll(() => amqp[Symbol.asyncDispose]());

  const peer = () => new AmqpPeer(amqp.port);
  const plain = Buffer.from('\0RootManageSharedAccessKey\0SAS_KEY_VALUE');

  it('offers the SASL mechanisms that clients of Service Bus use', async () => {
    using client = peer().send(headers.sasl);
    const { fields } = await client.next('sasl_mechanisms');
    expect(fields['sasl_server_mechanisms']).toEqual(['ANONYMOUS', 'MSSBCBS', 'PLAIN']);
  });

  it.each([
    ['ANONYMOUS', undefined],
    ['MSSBCBS', undefined],
    ['PLAIN', plain],
  ])('opens after SASL %s', async (mechanism, initial_response) => {
    using client = peer().send(headers.sasl, saslFrame('sasl_init', { mechanism, initial_response }));
    expect((await client.next('sasl_outcome')).fields).toMatchObject({ code: 0 });
    client.send(headers.amqp, open());
    await client.next('open');
  });

  it.each(['EXTERNAL', 'GSSAPI', 'enable_plain', 'constructor'])('refuses SASL %s and closes', async (mechanism) => {
    using client = peer().send(headers.sasl, saslFrame('sasl_init', { mechanism }));
    await client.closed;
    expect(client.of('sasl_outcome').map(({ fields }) => fields['code'])).toEqual([1]);
  });

  it('opens for a client that sends all it has to say without waiting', async () => {
    const init = saslFrame('sasl_init', { mechanism: 'PLAIN', initial_response: plain });
    using client = peer().send(headers.sasl, init, headers.amqp, open(), begin());
    await client.next('begin');
    expect(client.of('open')).toHaveLength(1);
  });

  it('opens for a client that sends a byte at a time', async () => {
    using client = peer();
    for (const byte of Buffer.concat([headers.amqp, open(), begin()])) client.send(Buffer.from([byte]));
    expect((await client.next('begin')).fields).toMatchObject({ remote_channel: 0 });
  });

  it('opens without a SASL layer', async () => {
    using client = peer().send(headers.amqp, open());
    expect((await client.next('open')).fields).toMatchObject({ max_frame_size: 65_536, channel_max: 4999 });
  });

  it.each([
    ['TLS in AMQP', headers.tls],
    ['AMQP 0-9-1', Buffer.from('AMQP\0\0\x09\x01', 'latin1')],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a TLS hello', Buffer.from('16030100a5010000a10303', 'hex')],
  ])('answers %s with the header it knows, and closes', async (_, bytes) => {
    using client = peer().send(bytes);
    await client.closed;
    expect(Buffer.concat(client.bytes)).toEqual(headers.sasl);
  });

  it('tells each its own container id and takes any hostname', async () => {
    using client = peer().send(headers.amqp, open({ container_id: 'mine', hostname: 'nowhere.example' }));
    const { fields } = await client.next('open');
    expect(fields['container_id']).toMatch(/^millrace-/);
  });

  it.each([
    ['a performative nobody knows', body('00537f45'), 'amqp:connection:framing-error'],
    ['a frame larger than was agreed', Buffer.from('7fffffff02000000', 'hex'), 'amqp:connection:framing-error'],
    ['a frame smaller than its head', Buffer.from('0000000402000000', 'hex'), 'amqp:connection:framing-error'],
    ['an array of four billion nulls', body('005311f000000005ffffffff40'), 'amqp:decode-error'],
    ['a list of four billion items', body('005311d000000005ffffffff40'), 'amqp:decode-error'],
    ['a list that is cut short', body('005311c0ff0140'), 'amqp:decode-error'],
    ['lists in lists in lists', body('005311' + nested(100)), 'amqp:decode-error'],
    ['a begin without windows', body('005311c0030240 43'), 'amqp:decode-error'],
    ['a begin that is a string', body('005311a10161'), 'amqp:decode-error'],
    [
      'an attach before its session',
      frame('attach', { name: 'a', handle: 0, role: true }),
      'amqp:connection:framing-error',
    ],
    ['a second open', open(), 'amqp:connection:framing-error'],
    ['a channel that is too high', begin(5000), 'amqp:connection:framing-error'],
  ])('closes with a reason after %s, and serves the others', async (_, bytes, condition) => {
    using client = peer().send(headers.amqp, open());
    await client.next('open');
    client.send(bytes);
    client.socket.end();
    expect(await client.condition()).toBe(condition);
    await amqp.exchange('q');
  });

  it('refuses what comes before open, and frames below the smallest size', async () => {
    using early = peer().send(headers.amqp, begin());
    expect(await early.condition()).toBe('amqp:not-allowed');
    using small = peer().send(headers.amqp, open({ max_frame_size: 100 }));
    expect(await small.condition()).toBe('amqp:not-allowed');
  });

  it('closes a connection that says nothing, or too little, within the time of a handshake', async () => {
    using silent = peer();
    using slow = peer().send(headers.sasl);
    const dribble = setInterval(() => slow.send(Buffer.from([0])), 50);
    await Promise.all([silent.closed, slow.closed]);
    clearInterval(dribble);
    expect(slow.of('open')).toHaveLength(0);
  });

  it('keeps a connection alive that asks for heartbeats, and closes one that falls silent', async () => {
    using client = peer().send(headers.amqp, open({ idle_time_out: 100 }));
    await client.next('empty', 1);
    expect(await client.condition()).toBe('amqp:connection:forced');
  });

  it('does not take the pieces of a frame for a sign of life', async () => {
    using client = peer().send(headers.amqp, open());
    await client.next('open');
    client.send(Buffer.from('0000ffff02000000', 'hex'));
    const dribble = setInterval(() => client.send(Buffer.from([0])), 50);
    expect(await client.condition()).toBe('amqp:connection:forced');
    clearInterval(dribble);
  });

  it('sends no storm of heartbeats to a client that names the longest time there is', async () => {
    using client = peer().send(headers.amqp, open({ idle_time_out: 2 ** 32 - 1 }), begin());
    await client.next('close');
    expect(client.of('empty').length).toBeLessThan(5);
  });

  it('passes over the detach of a link whose session has ended: the two may cross', async () => {
    using client = peer().begin().attachSender('q');
    await client.next('attach');
    client.send(frame('end'), frame('detach', { handle: 0, closed: true }), begin());
    await client.next('begin', 1);
    expect(client.of('close')).toEqual([]);
  });

  it('answers a close with a close', async () => {
    using client = peer().send(headers.amqp, open(), frame('close'));
    expect(await client.condition()).toBeUndefined();
    await waitFor('the close', () => client.of('close').length === 1);
  });
});
