import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../local/tables/address.ts';
import { parseBatch } from '../../../local/tables/batch/multipart.ts';
import { isValidKey } from '../../../local/tables/entity.ts';
import { entityPath } from '../../../local/tables/entity-json.ts';
import { createPartitionLock } from '../../../local/tables/partition-lock.ts';
import { TableError } from '../../../local/tables/table-error.ts';

const lines = (...text: string[]) => text.join('\r\n');

function batchOf(...requests: string[]): string {
  const parts = requests.flatMap((request) => ['--changes', 'Content-Type: application/http', '', request]);
  return lines(
    '--batch',
    'Content-Type: multipart/mixed; boundary=changes',
    '',
    ...parts,
    '--changes--',
    '--batch--',
    '',
  );
}

function outcomeOf(body: string): string {
  try {
    parseBatch('multipart/mixed; boundary=batch', body);
    return 'parsed';
  } catch (error) {
    return error instanceof TableError ? error.code : String(error);
  }
}

describe('batch', () => {
  test('each request of the changeset comes out with its headers and body', () => {
    const body = batchOf(
      lines('POST http://host/account/orders HTTP/1.1', 'Prefer: return-no-content', '', '', '{"a":"--changes"}'),
      lines("DELETE /account/orders(PartitionKey='p',RowKey='r') HTTP/1.1", 'If-Match: W/"x:y"', '', ''),
      lines('PUT /account/orders HTTP/1.1', '', '{}'),
    );
    expect(parseBatch('multipart/mixed; boundary="batch"', body)).toEqual([
      {
        method: 'POST',
        target: 'http://host/account/orders',
        headers: { prefer: 'return-no-content' },
        body: '{"a":"--changes"}',
      },
      {
        method: 'DELETE',
        target: "/account/orders(PartitionKey='p',RowKey='r')",
        headers: { 'if-match': 'W/"x:y"' },
        body: '',
      },
      { method: 'PUT', target: '/account/orders', headers: {}, body: '{}' },
    ]);
  });

  test('line feeds alone separate lines too', () => {
    const body = batchOf(lines('POST /account/orders HTTP/1.1', '', '{}')).replaceAll('\r\n', '\n');
    expect(parseBatch('multipart/mixed; boundary=batch', body)).toHaveLength(1);
  });

  test.each([
    ['application/json', '{}', 'no multipart/mixed part'],
    ['multipart/mixed', '', 'with a boundary'],
    ['multipart/mixed; boundary=batch', '', "ends before its boundary 'batch' does"],
    ['multipart/mixed; boundary=batch', '--batch--', 'holds 0 parts'],
    ['multipart/mixed; boundary=batch', batchOf('nonsense'), 'no HTTP/1.1 request'],
    ['multipart/mixed; boundary=batch', batchOf('').replace('--changes--', ''), "boundary 'changes'"],
  ])('a body that is no batch is refused: %s %j', (type, body, problem) => {
    expect(() => parseBatch(type, body)).toThrow(problem);
  });

  test('any text is parsed or refused, never worse', () => {
    const piece = fc.constantFrom(
      '--batch',
      '--batch--',
      '--changes',
      '--changes--',
      '\r\n',
      '\n',
      'Content-Type: multipart/mixed; boundary=changes',
      'POST / HTTP/1.1',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(['parsed', 'InvalidInput']).toContain(outcomeOf(pieces.join('')));
      }),
      { numRuns: 500 },
    );
  });
});

describe('address', () => {
  test('any keys in an address come out as they went in', () => {
    const key = fc.string({ unit: 'binary', maxLength: 8 }).filter(isValidKey);
    fc.assert(
      fc.property(key, key, (partitionKey, rowKey) => {
        const { account, resource } = parseAddress(`/account/${entityPath('orders', partitionKey, rowKey)}?x=1`);
        expect({ account, ...resource }).toEqual({
          account: 'account',
          kind: 'entity',
          table: 'orders',
          partitionKey,
          rowKey,
        });
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['/account', { kind: 'service' }],
    ['/account/', { kind: 'service' }],
    ['/account/Tables', { kind: 'tables' }],
    ['/account/Tables()', { kind: 'tables' }],
    ["/account/Tables('orders')", { kind: 'table', table: 'orders' }],
    ['/account/$batch', { kind: 'batch' }],
    ['/account/orders', { kind: 'entities', table: 'orders' }],
    ['http://127.0.0.1:1/account/orders()?$top=1', { kind: 'entities', table: 'orders' }],
  ])('%s names a resource', (target, resource) => {
    expect(parseAddress(target).resource).toEqual(resource);
  });

  test.each(['/account/a b', '/account/orders/x', "/account/orders(PartitionKey='p')", '/account/%', '/account/..'])(
    '%s is refused',
    (target) => {
      expect(() => parseAddress(target)).toThrow('not valid');
    },
  );
});

describe('partition lock', () => {
  test('sections of one partition run one after the other in call order, also after a failure', async () => {
    const exclusively = createPartitionLock();
    const log: string[] = [];
    const section = (name: string, partition: string, fails = false) =>
      exclusively(partition, async () => {
        log.push(`${name} begins`);
        await Promise.resolve();
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
      }).catch(() => {});
    await Promise.all([section('one', 'p', true), section('two', 'p'), section('three', 'p')]);
    expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
  });

  test('partitions do not wait for each other', async () => {
    const exclusively = createPartitionLock();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const held = exclusively('p', () => gate);
    await expect(exclusively('q', () => Promise.resolve('free'))).resolves.toBe('free');
    open();
    await held;
  });
});
