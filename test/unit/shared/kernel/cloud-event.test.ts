import { expect, test } from 'vitest';
import { z } from 'zod';
import { eventName, parseCloudEvent, toCloudEvent } from '../../../../shared/kernel/cloud-event.ts';

const contracts = [{ type: 'millrace.tests.Thing.v1', schema: z.object({ size: z.int() }) }];
const event = toCloudEvent({
  id: 'e-1',
  type: 'millrace.tests.Thing.v1',
  subject: 's',
  time: '2026-01-01T00:00:00.000Z',
  data: { size: 3 },
});
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('an event survives the way over the wire', () => {
  expect(parseCloudEvent(bytes(event), contracts)).toEqual(event);
});

test('its label is its name without namespace and version', () => {
  expect(eventName(event.type)).toBe('Thing');
});

test.each([
  ['no JSON', new TextEncoder().encode('{"specversion"')],
  ['no UTF-8', new Uint8Array([0xff, 0xfe, 0x00])],
  ['an array', bytes([event])],
  ['another version of the envelope', bytes({ ...event, specversion: '0.3' })],
  ['no time', bytes({ ...event, time: 'yesterday' })],
  ['data against the contract', bytes({ ...event, data: { size: 'large' } })],
  ['a type nobody takes', bytes({ ...event, type: 'millrace.tests.Other.v1' })],
  ['a type named like an object property', bytes({ ...event, type: 'constructor' })],
])('%s is an invalid message', (_what, body) => {
  expect(() => parseCloudEvent(body, contracts)).toThrow(expect.objectContaining({ code: 'invalid-message' }));
});

test('what a newer sender adds to the data is passed over, so that senders can be replaced first', () => {
  const newer = bytes({ ...event, data: { size: 3, colour: 'red' } });
  expect(parseCloudEvent(newer, contracts).data).toEqual({ size: 3 });
});

const thingV3 = {
  type: 'millrace.tests.Thing.v3',
  schema: z.object({ sizes: z.array(z.object({ value: z.int(), unit: z.string() })).min(1) }),
  earlier: [
    {
      type: 'millrace.tests.Thing.v1',
      schema: z.object({ size: z.int() }),
      upcast: ({ size }: { size: number }) => ({ size: { value: size, unit: 'cm' } }),
    },
    {
      type: 'millrace.tests.Thing.v2',
      schema: z.object({ size: z.object({ value: z.int(), unit: z.string() }) }),
      upcast: ({ size }: { size: unknown }) => ({ sizes: [size] }),
    },
  ],
};
const newest = { type: 'millrace.tests.Thing.v3', data: { sizes: [{ value: 3, unit: 'cm' }] } };

test.each([
  ['millrace.tests.Thing.v1', { size: 3 }],
  ['millrace.tests.Thing.v2', { size: { value: 3, unit: 'cm' } }],
  ['millrace.tests.Thing.v3', { sizes: [{ value: 3, unit: 'cm' }] }],
])('a reader sees the newest version of what was sent as %s', (type, data) => {
  expect(parseCloudEvent(bytes({ ...event, type, data }), [thingV3])).toEqual({ ...event, ...newest });
});

test.each([
  ['an old version against its own contract', { ...event, data: { size: 'large' } }],
  ['a version that is yet to come', { ...event, type: 'millrace.tests.Thing.v4' }],
])('%s is an invalid message', (_what, sent) => {
  const invalid = expect.objectContaining({ code: 'invalid-message' });
  expect(() => parseCloudEvent(bytes(sent), [thingV3])).toThrow(invalid);
});

test('an upcast that makes something else than the next version is found out', () => {
  const broken = {
    type: 'millrace.tests.Thing.v2',
    schema: z.object({ sizes: z.array(z.int()) }),
    earlier: [{ type: event.type, schema: z.object({ size: z.int() }), upcast: () => ({ sizes: 'none' }) }],
  };
  expect(() => parseCloudEvent(bytes(event), [broken])).toThrow(expect.objectContaining({ code: 'invalid-message' }));
});
