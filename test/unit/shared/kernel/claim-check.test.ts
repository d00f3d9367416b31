// Fault 19: what is too large travels apart and comes back as it was, or not at all.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkIn, inlineLimitBytes, redeem } from '../../../../shared/kernel/claim-check.ts';
import { toCloudEvent } from '../../../../shared/kernel/cloud-event.ts';
import { memoryClaims } from '../../../support/memory-claims.ts';

const event = (data: unknown): string =>
  JSON.stringify(
    toCloudEvent({ id: 'e-1', type: 'millrace.tests.Thing.v1', subject: 's', time: '2026-01-01T00:00:00.000Z', data }),
  );

/** An event whose body has so many bytes. */
const eventOf = (bytes: number): string => event('x'.repeat(bytes - event('').length));

const check = (body: string) => JSON.parse(body) as Record<string, unknown>;

test('a body at the limit travels as it is, one byte more is stored apart', async () => {
  const claims = memoryClaims();
  const atLimit = eventOf(inlineLimitBytes);
  expect(await checkIn(atLimit, claims)).toBe(atLimit);
  expect(claims.blobs.size).toBe(0);
  const checked = await checkIn(eventOf(inlineLimitBytes + 1), claims);
  expect(Buffer.byteLength(checked)).toBeLessThan(1_000);
  expect(claims.blobs.size).toBe(1);
});

test('the limit is of bytes, not of characters', async () => {
  const claims = memoryClaims();
  await checkIn(event('é'.repeat(inlineLimitBytes / 2)), claims);
  expect(claims.blobs.size).toBe(1);
});

test('the check is what CloudEvents calls dataref, beside the hash and size of the data', async () => {
  const claims = memoryClaims();
  const data = 'x'.repeat(40_000);
  const sha256 = createHash('sha256').update(JSON.stringify(data)).digest('hex');
  const { data: none, ...rest } = check(event(data));
  expect(none).toBe(data);
  expect(check(await checkIn(event(data), claims))).toEqual({
    ...rest,
    dataref: `claim-checks/${sha256}`,
    datasha256: sha256,
    datasizebytes: 40_002,
  });
  expect([...claims.blobs.keys()]).toEqual([sha256]);
});

test('checked in twice, by two senders or again with its check, it is stored once', async () => {
  const claims = memoryClaims();
  const checked = await checkIn(eventOf(50_000), claims);
  expect(await checkIn(eventOf(50_000), claims)).toBe(checked);
  expect(await checkIn(checked, claims)).toBe(checked);
  expect(claims.blobs.size).toBe(1);
});

test('any data comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const claims = memoryClaims();
      const body = event([value, 'x'.repeat(inlineLimitBytes)]);
      const returned = await redeem(Buffer.from(await checkIn(body, claims)), claims);
      expect(check(Buffer.from(returned).toString())).toEqual(check(body));
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['an event with its data', Buffer.from(event({ a: 1 }))],
  ['no JSON', Buffer.from('{"dataref"')],
  ['no event', Buffer.from('["dataref"]')],
  ['no UTF-8', Buffer.from([0xff, 0x00])],
  ['data that speaks of it', Buffer.from(event({ dataref: 'x' }))],
])('%s is left as it came', async (_, body) => {
  expect(await redeem(body, memoryClaims())).toBe(body);
});

test('data that is not there says so', async () => {
  const claims = memoryClaims();
  const checked = Buffer.from(await checkIn(eventOf(50_000), claims));
  claims.blobs.clear();
  await expect(redeem(checked, claims)).rejects.toMatchObject({ code: 'claim-check-missing', kind: 'permanent' });
});

test.each([
  ['one byte', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -2), Buffer.from('y"')])],
  ['its end', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['all of it', () => Buffer.alloc(0)],
])('data of which %s was altered is not handed over', async (_, alter) => {
  const claims = memoryClaims();
  const checked = Buffer.from(await checkIn(eventOf(50_000), claims));
  for (const [name, bytes] of claims.blobs) claims.blobs.set(name, alter(Buffer.from(bytes)));
  await expect(redeem(checked, claims)).rejects.toMatchObject({ code: 'claim-check-altered', kind: 'permanent' });
});

test.each([
  ['another place', { dataref: 'https://example.com/x' }],
  ['another name', { dataref: `claim-checks/${'0'.repeat(64)}` }],
  ['a hash that is none', { datasha256: '../../secrets' }],
  ['no hash', { datasha256: undefined }],
  ['no size', { datasizebytes: '4' }],
])('a check that names %s fetches nothing', async (_, forged) => {
  const claims = memoryClaims();
  const checked = check(await checkIn(eventOf(50_000), claims));
  const asked: string[] = [];
  const watched = { ...claims, get: async (name: string) => void asked.push(name) };
  const body = Buffer.from(JSON.stringify({ ...checked, ...forged }));
  await expect(redeem(body, watched)).rejects.toMatchObject({ code: 'invalid-message' });
  expect(asked).toEqual([]);
});
