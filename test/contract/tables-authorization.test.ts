// Authorization at the local Table service, as only raw requests and hand-made signatures can ask.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { ACCOUNT } from './tables-cases/client.ts';
import { hmac, outcomeOf, signedFetch } from './tables-cases/signed-fetch.ts';

let store: Store;
let server: TablesServer;
const account = (suffix = '') => `http://127.0.0.1:${server.port}/${ACCOUNT}${suffix}`;

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  server = await startTablesServer({ store, port: 0, tables: ['orders'] });
});
afterAll(async () => {
  await server.close();
  await store.close();
});

const refused = '403 AuthenticationFailed';
const at = (offsetMs: number) => new Date(Date.now() + offsetMs).toUTCString();

async function list(headers: Record<string, string>): Promise<string> {
  return outcomeOf(await fetch(`${account()}/Tables`, { headers }));
}

test('a request without a signature, with a token or with another scheme is refused', async () => {
  expect(await list({})).toBe(refused);
  expect(await list({ Authorization: 'Bearer eyJ0eXAi' })).toBe(refused);
  expect(await list({ Authorization: 'Basic dXNlcjpwYXNz' })).toBe(refused);
});

test('Shared Key covers method, MD5, content type, date and address', async () => {
  const date = at(0);
  const body = '{"PartitionKey":"shared","RowKey":"key"}';
  const sign = (type: string) => hmac(`POST\nmd5\n${type}\n${date}\n/${ACCOUNT}/${ACCOUNT}/orders`);
  const post = async (signature: string) =>
    outcomeOf(
      await fetch(`${account()}/orders`, {
        method: 'POST',
        body,
        headers: {
          'x-ms-date': date,
          'content-md5': 'md5',
          'content-type': 'application/json',
          authorization: `SharedKey ${ACCOUNT}:${signature}`,
        },
      }),
    );
  expect(await post(sign('text/plain'))).toBe(refused);
  expect(await post(sign('application/json'))).toBe('201');
});

test('the Date header stands in where there is no x-ms-date', async () => {
  const date = at(0);
  const signature = hmac(`${date}\n/${ACCOUNT}/${ACCOUNT}/Tables`);
  expect(await list({ date, authorization: `SharedKeyLite ${ACCOUNT}:${signature}` })).toBe('200');
});

test('a request dated more than 15 minutes away, or not at all, is refused', async () => {
  const dated = async (date: string) =>
    outcomeOf(await signedFetch(`${account()}/Tables`, { headers: { 'x-ms-date': date } }));
  expect(await dated(at(-14 * 60_000))).toBe('200');
  expect(await dated(at(-16 * 60_000))).toBe(refused);
  expect(await dated(at(16 * 60_000))).toBe(refused);
  expect(await dated('yesterday')).toBe(refused);
});

test('the account in the signature is the one there is', async () => {
  const date = at(0);
  const signature = hmac(`${date}\n/${ACCOUNT}/${ACCOUNT}/Tables`);
  expect(await list({ 'x-ms-date': date, authorization: `SharedKeyLite another:${signature}` })).toBe(refused);
});

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
const fields = { sv: '2019-02-02', ss: 't', srt: 'sco', sp: 'rwdlacu', sip: '', spr: '', st: '' };

function accountSas(changes: Partial<typeof fields> & { se?: string; ses?: string }): URLSearchParams {
  const values = { ...fields, se: inAnHour(), ...changes };
  const { sp, ss, srt, st, se, sip, spr, sv, ses } = values;
  const scope = ses === undefined ? [] : [ses];
  const sig = hmac([ACCOUNT, sp, ss, srt, st, se, sip, spr, sv, ...scope, ''].join('\n'));
  return new URLSearchParams(Object.entries({ ...values, sig }).filter(([, value]) => value !== ''));
}

test.each([
  [{}, '200'],
  [{ sv: '2022-11-02', ses: '' }, '200'],
  [{ st: '2020-01-01' }, '200'],
  [{ sv: '2014-02-14' }, refused],
  [{ se: '' }, refused],
  [{ se: 'tomorrow' }, refused],
  [{ ss: 'bq' }, '403 AuthorizationServiceMismatch'],
  [{ srt: 'o' }, '403 AuthorizationResourceTypeMismatch'],
  [{ sp: 'r' }, '403 AuthorizationPermissionMismatch'],
  [{ spr: 'https' }, '403 AuthorizationProtocolMismatch'],
  [{ spr: 'https,http' }, '200'],
  [{ sip: '127.0.0.1' }, '200'],
  [{ sip: '10.0.0.1-200.0.0.1' }, '200'],
  [{ sip: '127.0.0.2-127.0.0.9' }, '403 AuthorizationSourceIPMismatch'],
])('an account SAS with %j answers %s', async (changes, expected) => {
  expect(await outcomeOf(await fetch(`${account()}/Tables?${accountSas(changes).toString()}`))).toBe(expected);
});

test('access policies are read and set with the key only', async () => {
  const response = await fetch(`${account()}/orders?comp=acl&${accountSas({}).toString()}`);
  expect(await outcomeOf(response)).toBe('403 AuthorizationFailure');
});

test.each([
  ['<SignedIdentifiers>', 'not closed'],
  ['<Policies/>', 'another element'],
  [
    `<SignedIdentifiers>${[1, 2, 3, 4, 5, 6].map((id) => `<SignedIdentifier><Id>${id}</Id></SignedIdentifier>`).join('')}</SignedIdentifiers>`,
    'six policies',
  ],
  ['<!DOCTYPE x [<!ENTITY a "b">]><SignedIdentifiers/>', 'a document type'],
])('access policies that are %s are refused (%s)', async (body) => {
  const response = await signedFetch(`${account()}/orders?comp=acl`, { method: 'PUT', body });
  expect(await outcomeOf(response)).toBe('400 InvalidXmlDocument');
});

test('the secondary answers reads and refuses writes', async () => {
  await signedFetch(`${account()}/orders`, { method: 'POST', body: '{"PartitionKey":"two","RowKey":"regions"}' });
  const entity = "/orders(PartitionKey='two',RowKey='regions')";
  expect(await outcomeOf(await signedFetch(`${account('-secondary')}${entity}`))).toBe('200');
  const write = signedFetch(`${account('-secondary')}/orders`, { method: 'POST', body: '{}' });
  expect(await outcomeOf(await write)).toBe('403 InsufficientAccountPermissions');
});
