import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGridRequest } from '../../../local/host/event-grid/event-grid-request.ts';

const read = (type: string | undefined, body: unknown) =>
  readGridRequest(type === undefined ? {} : { 'aeg-event-type': type }, Buffer.from(JSON.stringify(body)));

describe('a request of Event Grid', () => {
  it('is a handshake that asks for its code', () => {
    const body = [{ eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', data: { validationCode: 'c' } }];
    expect(read('SubscriptionValidation', body)).toEqual({ kind: 'handshake', validationCode: 'c' });
  });

  it('is events: an array, a single CloudEvent, or a batch without the header', () => {
    expect(read('Notification', [{ id: '1' }, { id: '2' }])).toEqual({
      kind: 'events',
      events: [{ id: '1' }, { id: '2' }],
    });
    expect(read('Notification', { specversion: '1.0' })).toEqual({ kind: 'events', events: [{ specversion: '1.0' }] });
    expect(read(undefined, [{ id: '1' }])).toMatchObject({ kind: 'events' });
  });

  it('is the end of a subscription', () => {
    expect(read('Unsubscribe', {})).toEqual({ kind: 'unsubscribe' });
  });

  it.each([
    ['SubscriptionValidation', [{ data: {} }]],
    ['SubscriptionValidation', [{}]],
    ['SubscriptionValidation', [{ data: { validationCode: 1 } }]],
    ['Notification', []],
    ['Notification', [1]],
    ['Notification', [[{}]]],
    ['Notification', 'text'],
    ['Other', [{}]],
  ])('is invalid as %s with %j', (type, body) => {
    expect(read(type, body)).toMatchObject({ kind: 'invalid' });
  });

  it('is never an exception', () => {
    const types = fc.constantFrom(undefined, 'Notification', 'SubscriptionValidation', 'Unsubscribe', 'x');
    const bodies = fc.oneof(
      fc.json().map((json) => Buffer.from(json)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(types, bodies, (type, body) => {
        expect(readGridRequest(type ? { 'aeg-event-type': type } : {}, body).kind).toMatch(
          /^(handshake|events|unsubscribe|invalid)$/,
        );
      }),
    );
  });
});
