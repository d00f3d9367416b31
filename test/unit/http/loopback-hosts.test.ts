import { describe, expect, test } from 'vitest';
import { isAllowedHost, refusalOf } from '../../../local/http/loopback-hosts.ts';

describe('a host', () => {
  test.each([
    'localhost',
    'localhost:7071',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.8.8.8',
    '[::1]:7071',
    'LOCALHOST',
    'app.localhost:1',
  ])('%s is a name of this machine', (host) => {
    expect(isAllowedHost(host, [])).toBe(true);
  });

  test.each([
    'evil.example',
    'evil.example:7071',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'xlocalhost',
    '192.168.0.1',
    '0.0.0.0',
    '[::]',
    '',
    'a b',
    'evil.example@localhost.evil',
  ])('%s is none', (host) => {
    expect(isAllowedHost(host, [])).toBe(false);
  });

  test.each([
    ['laptop.lan:7071', ['laptop.lan'], true],
    ['a.b.example', ['*.example'], true],
    ['example', ['*.example'], false],
    ['anything', ['*'], true],
    ['other.lan', ['laptop.lan'], false],
  ])('%s with %j allowed: %s', (host, allowed, isAllowed) => {
    expect(isAllowedHost(host, allowed)).toBe(isAllowed);
  });
});

describe('a request', () => {
  const host = '127.0.0.1:7071';
  test.each<[string, string, Record<string, string>, boolean]>([
    ['of a program', 'POST', { host }, true],
    ['of HTTP/1.0', 'GET', {}, true],
    ['of a page of this machine', 'POST', { host, origin: 'http://localhost:5173' }, true],
    ['that reads, from any page', 'GET', { host, origin: 'https://evil.example' }, true],
    ['that changes, from another page', 'POST', { host, origin: 'https://evil.example' }, false],
    ['that changes, from a page without origin', 'DELETE', { host, origin: 'null' }, false],
    ['that opens a socket, from another page', 'GET', { host, origin: 'https://evil.example', upgrade: 'x' }, false],
    ['by another name', 'GET', { host: 'evil.example:7071' }, false],
  ])('%s', (_what, method, headers, isServed) => {
    expect(refusalOf({ method, headers }) === undefined).toBe(isServed);
  });
});
