// One entity: its types, its keys, its ETag, its limits.
import type { RestError } from '@azure/data-tables';
import { expect } from 'vitest';
import { errorOf, rowKeys, type TableCase } from './client.ts';

export const entityCases: readonly TableCase[] = [
  [
    'every type comes back as it was written',
    async (table) => {
      const entity = {
        partitionKey: 'p',
        rowKey: 'r',
        text: 'größer ☃ 𝄞 "quoted" \\ \n',
        empty: '',
        int: -42,
        long: { type: 'Int64', value: '9223372036854775807' } as const,
        double: 3.25,
        yes: true,
        no: false,
        at: new Date('2024-02-29T12:34:56.789Z'),
        id: { type: 'Guid', value: '6f1ed002-ab5c-4b3c-9f3e-0123456789ab' } as const,
        bytes: new Uint8Array([0, 1, 2, 254, 255]),
      };
      await table.createEntity(entity);
      const { etag, timestamp, ...found } = await table.getEntity('p', 'r');
      expect(etag).toMatch(/^W\/"datetime'.+'"$/);
      expect(Date.parse(String(timestamp))).not.toBeNaN();
      delete (found as Record<string, unknown>)['odata.metadata'];
      expect({ ...found, bytes: [...(found['bytes'] as Uint8Array)] }).toEqual({
        ...entity,
        long: 9223372036854775807n,
        bytes: [0, 1, 2, 254, 255],
      });
    },
  ],

  [
    'keys with quotes, percent signs, spaces and any script keep their identity',
    async (table) => {
      const keys = ["it's", '100%', '%27', 'a b', 'a+b', 'ключ', '{x}', '', '=&;,'];
      for (const key of keys) await table.createEntity({ partitionKey: key, rowKey: key, of: key });
      for (const key of keys) expect(await table.getEntity(key, key)).toMatchObject({ rowKey: key, of: key });
      for (const key of keys) await table.deleteEntity(key, key);
      expect(await rowKeys(table)).toEqual([]);
    },
  ],

  [
    'a second insert of a key is refused',
    async (table) => {
      await table.createEntity({ partitionKey: 'p', rowKey: 'r', n: 1 });
      expect(await errorOf(table.createEntity({ partitionKey: 'p', rowKey: 'r', n: 2 }))).toEqual({
        status: 409,
        code: 'EntityAlreadyExists',
      });
      expect(await table.getEntity('p', 'r')).toMatchObject({ n: 1 });
    },
  ],

  [
    'a missing entity answers ResourceNotFound to get, update and delete',
    async (table) => {
      const notFound = { status: 404, code: 'ResourceNotFound' };
      expect(await errorOf(table.getEntity('p', 'r'))).toEqual(notFound);
      expect(await errorOf(table.updateEntity({ partitionKey: 'p', rowKey: 'r' }))).toEqual(notFound);
      expect(await errorOf(table.deleteEntity('p', 'r'))).toEqual(notFound);
    },
  ],

  [
    'merge keeps other properties and replace drops them',
    async (table) => {
      await table.createEntity({ partitionKey: 'p', rowKey: 'r', a: 1, b: 2 });
      await table.updateEntity({ partitionKey: 'p', rowKey: 'r', b: 3 }, 'Merge');
      expect(await table.getEntity('p', 'r')).toMatchObject({ a: 1, b: 3 });
      await table.updateEntity({ partitionKey: 'p', rowKey: 'r', c: 4 }, 'Replace');
      const replaced = await table.getEntity('p', 'r');
      expect(replaced).toMatchObject({ c: 4 });
      expect(replaced).not.toHaveProperty('a');
    },
  ],

  [
    'upsert inserts what is not there and changes what is',
    async (table) => {
      await table.upsertEntity({ partitionKey: 'p', rowKey: 'r', a: 1 }, 'Merge');
      await table.upsertEntity({ partitionKey: 'p', rowKey: 'r', b: 2 }, 'Merge');
      expect(await table.getEntity('p', 'r')).toMatchObject({ a: 1, b: 2 });
      await table.upsertEntity({ partitionKey: 'p', rowKey: 'r', c: 3 }, 'Replace');
      expect(await table.getEntity('p', 'r')).not.toHaveProperty('a');
    },
  ],

  [
    'an update with an outdated ETag is refused and changes nothing',
    async (table) => {
      const { etag: first = '' } = await table.createEntity({ partitionKey: 'p', rowKey: 'r', n: 1 });
      const { etag: second = '' } = await table.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 2 }, 'Merge', {
        etag: first,
      });
      expect(second).not.toBe(first);
      const refused = { status: 412, code: 'UpdateConditionNotSatisfied' };
      const change = { partitionKey: 'p', rowKey: 'r', n: 3 };
      expect(await errorOf(table.updateEntity(change, 'Merge', { etag: first }))).toEqual(refused);
      expect(await errorOf(table.updateEntity(change, 'Replace', { etag: first }))).toEqual(refused);
      expect(await errorOf(table.deleteEntity('p', 'r', { etag: first }))).toEqual(refused);
      expect(await table.getEntity('p', 'r')).toMatchObject({ n: 2, etag: second });
      await table.deleteEntity('p', 'r', { etag: second });
    },
  ],

  [
    'of many updates with one ETag exactly one is taken',
    async (table) => {
      const { etag = '' } = await table.createEntity({ partitionKey: 'p', rowKey: 'r', n: 0 });
      const attempts = Array.from({ length: 20 }, (_, n) =>
        table.updateEntity({ partitionKey: 'p', rowKey: 'r', n }, 'Merge', { etag }).then(
          () => 204,
          (error: RestError) => error.statusCode,
        ),
      );
      const statuses = await Promise.all(attempts);
      expect(statuses.toSorted((a, b) => Number(a) - Number(b))).toEqual([204, ...Array<number>(19).fill(412)]);
    },
  ],

  [
    'a string of 32 K characters is stored and one more is refused',
    async (table) => {
      const write = (length: number) =>
        table.upsertEntity({ partitionKey: 'p', rowKey: 'r', text: 'x'.repeat(length) });
      await write(32 * 1024);
      expect(await errorOf(write(32 * 1024 + 1))).toEqual({ status: 400, code: 'PropertyValueTooLarge' });
    },
  ],

  [
    'an entity beyond 1 MiB is refused',
    async (table) => {
      const large = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`p${index}`, 'x'.repeat(32 * 1024)]));
      const refused = errorOf(table.createEntity({ partitionKey: 'p', rowKey: 'r', ...large }));
      expect(await refused).toEqual({ status: 400, code: 'EntityTooLarge' });
    },
  ],

  [
    '252 properties are stored and 253 are refused',
    async (table) => {
      const some = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, index]));
      await table.createEntity({ partitionKey: 'p', rowKey: 'r', ...some(252) });
      const refused = errorOf(table.createEntity({ partitionKey: 'p', rowKey: 's', ...some(253) }));
      expect(await refused).toEqual({ status: 400, code: 'TooManyProperties' });
    },
  ],

  [
    'a key with a forbidden character is refused',
    async (table) => {
      for (const key of ['a/b', 'a\\b', 'a#b', 'a?b', 'a\tb', 'a\u0085b']) {
        expect((await errorOf(table.createEntity({ partitionKey: key, rowKey: 'r' }))).status).toBe(400);
        expect((await errorOf(table.createEntity({ partitionKey: 'p', rowKey: key }))).status).toBe(400);
      }
    },
  ],

  [
    'a key beyond 1 KiB is refused',
    async (table) => {
      await table.createEntity({ partitionKey: 'ключ'.repeat(128), rowKey: 'ключ'.repeat(128) });
      expect(await table.getEntity('ключ'.repeat(128), 'ключ'.repeat(128))).toBeDefined();
      expect((await errorOf(table.createEntity({ partitionKey: 'p'.repeat(1025), rowKey: 'r' }))).status).toBe(400);
    },
  ],

  [
    'a property name that is no identifier is refused',
    async (table) => {
      const refused = errorOf(table.createEntity({ partitionKey: 'p', rowKey: 'r', 'not-a-name': 1 }));
      expect(await refused).toEqual({ status: 400, code: 'PropertyNameInvalid' });
    },
  ],
];
