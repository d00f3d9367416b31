import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAllowedAddress, readWebAddress } from '../../../../shared/webhooks/web-address.ts';

const outside = { allowLoopback: false };
const read = (url: string, rule = outside) => readWebAddress(url, rule).href;
const refused = expect.objectContaining({ code: 'webhook-not-allowed' });

test.each([
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0x7f.1/',
  'https://0/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://169.254.169.254/metadata/instance',
  'https://168.63.129.16/',
  'https://100.64.0.1/',
  'https://255.255.255.255/',
  'https://224.0.0.1/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:8.8.8.8]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001::1]/',
  'https://[fe80::1]/',
  'https://[fc00::1]/',
  'https://[ff02::1]/',
  'https://①②⑦.⓪.⓪.①/',
])('%s is refused: only we can reach it', (url) => expect(() => read(url)).toThrow(refused));

test.each([
  'http://example.com/',
  'ftp://example.com/',
  'https://ada:secret@example.com/',
  'example.com',
  '',
  'file:///etc/passwd',
])('%s is refused', (url) => expect(() => read(url)).toThrow(refused));

test.each(['https://example.com/hook', 'https://8.8.8.8:8443/', 'https://[2606:4700::1111]/', 'https://172.32.0.1/'])(
  '%s may be called',
  (url) => expect(read(url)).toBe(url),
);

test('loopback may be called by http where a test says so, and nothing else of what is not public', () => {
  const here = { allowLoopback: true };
  for (const url of ['http://127.0.0.1:8080/', 'http://[::1]:8080/', 'https://127.0.0.1/'])
    expect(read(url, here)).toBe(url);
  for (const url of ['http://10.0.0.1/', 'https://10.0.0.1/', 'http://example.com/', 'http://localhost/'])
    expect(() => read(url, here)).toThrow(refused);
});

test('however an address is written, it is judged as the same', () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xff_ff_ff_ff }), (number) => {
      const dotted = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
      const isAllowed = (url: string): boolean => {
        try {
          return read(url) !== '';
        } catch {
          return false;
        }
      };
      const forms = [`https://${dotted}/`, `https://${number}/`, `https://0x${number.toString(16)}/`];
      expect(forms.map(isAllowed)).toEqual(forms.map(() => isAllowedAddress(dotted, outside)));
    }),
  );
});

test.each(['', 'localhost', '1.2.3', '256.1.1.1', '1.2.3.4.5', 'nonsense', '::1::'])('%j is no address', (text) =>
  expect(isAllowedAddress(text, { allowLoopback: true })).toBe(false),
);
