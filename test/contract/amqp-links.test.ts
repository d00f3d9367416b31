// Sessions, links and flow, by the AMQP 1.0 text. [AMQP 1.0 part 2 §2.5, §2.6]
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AmqpPeer, begin, flow, frame } from '../support/amqp-peer.ts';
import { type LocalAmqp, startAmqp } from '../support/amqp-server.ts';

describe('a session of AMQP', () => {
  let amqp: LocalAmqp;
  let client: AmqpPeer;
  beforeEach(async () => {
    amqp = await startAmqp([{ name: 'q' }, { name: 'other' }]);
    client = new AmqpPeer(amqp.port);
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await amqp[Symbol.asyncDispose]();
  });

  const message = (id: string) =>
    Buffer.concat([
      Buffer.from('005373c0', 'hex'),
      Buffer.from([id.length + 3, 1, 0xa1, id.length]),
      Buffer.from(id),
      Buffer.from('005375a00161', 'hex'),
    ]);
  const credit = (handle: number, link_credit: number, fields = {}) =>
    flow({ handle, link_credit, delivery_count: 0, ...fields });
  /** Puts as many messages into `q`, over the handle 7. */
  async function fill(count: number): Promise<void> {
    client.attachSender('q', 7);
    for (let id = 0; id < count; id += 1) client.transfer(id, { handle: 7 }, message(`m${id}`));
    const settled = () =>
      client.of('disposition').reduce((sum, { fields: { first = 0, last = first } }) => sum + last - first + 1, 0);
    await expect.poll(settled, { timeout: 10_000 }).toBe(count);
  }

  it('lets several links of one session and several sessions of one connection send and receive', async () => {
    client.begin().send(begin(1));
    await fill(4);
    client.attachReceiver('q', 1).attachReceiver('q', 2).send(credit(1, 2), credit(2, 2));
    await client.next('transfer', 3);
    const handles = client.of('transfer').map(({ fields }) => fields['handle']);
    expect(new Set(handles).size).toBe(2);
    client.send(frame('attach', { name: 'in-1', handle: 0, role: false, initial_delivery_count: 0 }, 1));
    expect((await client.next('attach', 3)).channel).toBe(1);
  });

  it('takes one name for a sender, a receiver, and again in another session', async () => {
    client.begin().send(begin(1));
    client.attachSender('q', 0, { name: 'same' }).attachReceiver('q', 1, { name: 'same' });
    await client.next('attach', 1);
    expect(client.of('attach').map(({ fields }) => [fields['name'], fields['role']])).toEqual([
      ['same', true],
      ['same', false],
    ]);
    await fill(1);
    client.send(credit(1, 1));
    await client.next('transfer');
  });

  it('ends the older of two links that have one name and direction', async () => {
    client.begin().attachReceiver('q', 0, { name: 'same' }).attachReceiver('q', 1, { name: 'same' });
    const { fields } = await client.next('detach');
    expect(fields.error?.condition).toBe('amqp:link:stolen');
    await fill(1);
    client.send(credit(1, 1));
    await client.next('transfer');
  });

  it.each([true, false])(
    'answers a detach with closed=%s in kind and takes the handle and the name again',
    async (closed) => {
      client
        .begin()
        .attachReceiver('q', 0, { name: 'again' })
        .send(frame('detach', { handle: 0, closed }));
      expect((await client.next('detach')).fields['closed'] ?? false).toBe(closed);
      client.attachReceiver('q', 0, { name: 'again' }).send(frame('detach', { handle: 0, closed }));
      client.attachReceiver('q', 0, { name: 'again' });
      await client.next('attach', 2);
      await fill(1);
      client.send(credit(0, 1));
      await client.next('transfer');
    },
  );

  it('gives the messages of an ended session’s links to others', async () => {
    client.begin().attachReceiver('q', 0).send(credit(0, 10), frame('end'));
    await client.next('end');
    await amqp.exchange('q');
    client.send(begin());
    expect((await client.next('begin', 1)).channel).toBe(0);
  });

  it.each([
    ['a handle that is too high', () => client.attachReceiver('q', 256), 'amqp:connection:framing-error'],
    ['a handle that is in use', () => client.attachReceiver('q', 1).attachSender('q', 1), 'amqp:session:handle-in-use'],
    ['flow for a handle of no link', () => client.send(credit(3, 1)), 'amqp:session:unattached-handle'],
    [
      'a transfer on a handle of no link',
      () => client.transfer(0, { handle: 3 }, message('x')),
      'amqp:session:unattached-handle',
    ],
    [
      'a transfer on a link that receives',
      () => client.attachReceiver('q', 3).transfer(0, { handle: 3 }, message('x')),
      'amqp:session:errant-link',
    ],
    ['a begin on a channel that has begun', () => client.send(begin()), 'amqp:not-allowed'],
  ])('closes the connection at %s', async (_, misbehave, condition) => {
    client.begin();
    misbehave();
    expect(await client.condition()).toBe(condition);
    await amqp.exchange('q');
  });

  it.each([
    ['an entity that is not there', { name: 'x', handle: 0, role: true }, 'nowhere', 'amqp:not-found'],
    [
      'a target that is not there',
      { name: 'x', handle: 0, role: false, initial_delivery_count: 0 },
      'nowhere',
      'amqp:not-found',
    ],
  ])('refuses %s with an attach and a detach that says why', async (_, fields, address, condition) => {
    client.begin();
    if (fields.role) client.attachReceiver(address);
    else client.attachSender(address);
    expect((await client.next('detach')).fields.error?.condition).toBe(condition);
    expect(client.of('attach')).toHaveLength(1);
  });

  it('refuses a link without a target, as one to the coordinator of transactions seems to have', async () => {
    client.begin().send(frame('attach', { name: 'tx', handle: 0, role: false, initial_delivery_count: 0 }));
    expect((await client.next('detach')).fields.error?.condition).toBe('amqp:not-implemented');
  });

  it('gives credit back on drain, also when there was none to use', async () => {
    client
      .begin()
      .attachReceiver('q')
      .send(credit(0, 5, { drain: true }));
    expect((await client.next('flow')).fields).toMatchObject({
      handle: 0,
      link_credit: 0,
      delivery_count: 5,
      drain: true,
    });
    client.send(flow({ handle: 0, link_credit: 0, delivery_count: 5, drain: true }));
    await client.next('flow', 1);
  });

  it('gives what there is before it drains', async () => {
    client.begin();
    await fill(2);
    client.attachReceiver('q', 0).send(credit(0, 5, { drain: true }));
    await client.next('transfer', 1);
    const drained = () => client.of('flow').some(({ fields }) => fields['drain'] && fields['delivery_count'] === 5);
    await expect.poll(drained).toBe(true);
  });

  it('answers an echo, of a link and of the session', async () => {
    client
      .begin()
      .attachReceiver('q')
      .send(credit(0, 3, { echo: true }));
    expect((await client.next('flow')).fields).toMatchObject({ handle: 0, link_credit: 3 });
    client.send(flow({ echo: true }));
    expect((await client.next('flow', 1)).fields['handle']).toBeUndefined();
  });

  it('sends no more than the credit, and none when it is 0', async () => {
    client.begin();
    await fill(3);
    client.attachReceiver('q', 0).send(credit(0, 1));
    await client.next('transfer');
    client.send(flow({ next_incoming_id: 1, handle: 0, delivery_count: 1, link_credit: 0, echo: true }));
    await client.next('flow');
    client.send(flow({ next_incoming_id: 1, handle: 0, delivery_count: 1, link_credit: 1 }));
    await client.next('transfer', 1);
    client.send(flow({ next_incoming_id: 2, handle: 0, delivery_count: 2, link_credit: 0, echo: true }));
    await client.next('flow', 1);
    expect(client.of('transfer')).toHaveLength(2);
  });

  it('sends no more than the session’s window takes, and goes on when it opens', async () => {
    client.begin();
    await fill(3);
    client.attachReceiver('q', 0).send(credit(0, 100, { incoming_window: 1 }));
    await client.next('transfer');
    client.send(flow({ next_incoming_id: 1, incoming_window: 0, echo: true }));
    await client.next('flow');
    expect(client.of('transfer')).toHaveLength(1);
    client.send(flow({ next_incoming_id: 1, incoming_window: 2 }));
    await client.next('transfer', 2);
  });

  it('does not block the session with messages whose credit was taken back', async () => {
    client.begin();
    await fill(2);
    client
      .attachReceiver('q', 0)
      .attachReceiver('other', 1)
      .send(credit(0, 2), flow({ handle: 0, link_credit: 0, delivery_count: 0 }));
    client.attachSender('other', 8).transfer(2, { handle: 8 }, message('o')).send(credit(1, 1));
    const ofOther = () => client.of('transfer').some(({ payload }) => payload?.includes('\xa1\x01o', 0, 'latin1'));
    await expect.poll(ofOther).toBe(true);
  });

  it('counts from the delivery count its peer starts with, and beyond 2^32', async () => {
    client.begin().attachSender('q', 0, { initial_delivery_count: 2 ** 32 - 1 });
    expect((await client.next('flow')).fields).toMatchObject({ delivery_count: 2 ** 32 - 1, link_credit: 1000 });
    client.transfer(2 ** 32 - 1, {}, message('a')).transfer(0, {}, message('b'));
    await expect.poll(() => client.of('disposition').map(({ fields }) => fields['first'])).toEqual([2 ** 32 - 1, 0]);
  });

  it('bounds a storm of attaches and serves the others', async () => {
    client.begin();
    for (let handle = 0; handle < 10_000; handle += 1) client.attachReceiver('q', handle);
    expect(await client.condition()).toBe('amqp:connection:framing-error');
    expect(client.of('attach').length).toBeLessThanOrEqual(256);
    await amqp.exchange('q');
  });
});
