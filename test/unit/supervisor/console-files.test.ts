import fc from 'fast-check';
import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { fileNameOf } from '../../../local/supervisor/console-files.ts';
import { targetOf } from '../../../local/supervisor/front.ts';

test('a path names a file in the folder', () => {
  expect(fileNameOf('/srv/console', '/assets/index%20a.js')).toBe('/srv/console/assets/index a.js');
  expect(fileNameOf('/srv/console', '/')).toBe('/srv/console/');
});

test.each([
  '/..',
  '/../secret',
  '/%2e%2e/secret',
  '/a/../../secret',
  '/..%2fsecret',
  '/..\\secret',
  '/a%00b',
  '/%',
  '/%zz',
])('%s names nothing', (path) => {
  expect(fileNameOf('/srv/console', path)).toBeUndefined();
});

test('a sibling whose name begins alike is outside', () => {
  expect(fileNameOf('/srv/console', '/../console-secrets/key')).toBeUndefined();
});

test('no path leads outside', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '%2e%2e', '%2f', '%5c', '\\', ''), fc.string());
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const name = fileNameOf('/srv/console', `/${parts.join('/')}`);
      expect(name === undefined || `${name}${sep}`.startsWith('/srv/console/')).toBe(true);
    }),
  );
});

test.each([
  ['/api', 'hosts'],
  ['/api/v1/orders?x=/local', 'hosts'],
  ['/runtime/webhooks/durabletask/instances', 'hosts'],
  ['/admin/host/status', 'hosts'],
  ['/local/mail', 'services'],
  ['/', 'console'],
  ['/apis', 'console'],
  ['/assets/api/x.js', 'console'],
  ['//api', 'console'],
  ['*', 'console'],
])('%s belongs to the %s', (url, target) => {
  expect(targetOf(url, 'api')).toBe(target);
});

test.each([
  ['', '/', 'hosts'],
  ['', '/hello', 'hosts'],
  ['', '/local/mail', 'services'],
  ['shop/v1', '/shop/v1/orders', 'hosts'],
  ['shop/v1', '/api', 'console'],
])('with the route prefix "%s" %s belongs to the %s', (prefix, url, target) => {
  expect(targetOf(url, prefix)).toBe(target);
});
