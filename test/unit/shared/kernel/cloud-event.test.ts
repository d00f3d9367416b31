import { expect, test } from 'vitest';
import { z } from 'zod';
import { eventName, parseCloudEvent, toCloudEvent } from '../../../../shared/kernel/cloud-event.ts';

const contracts = { 'millrace.tests.Thing.v1': z.strictObject({ size: z.int() }) };
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
