import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBody, encodeBody } from '../../../../shared/dead-letters/letter-view.ts';

test('whatever bytes a body has, what is shown of it is sent again as the same', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const { body, bodyEncoding } = decodeBody(bytes);
        const sent = encodeBody(body, bodyEncoding);
        // Of JSON the value is kept, not how it was written.
        const same = bodyEncoding === 'json' ? JSON.stringify(body) : Buffer.from(bytes).toString('latin1');
        expect(sent.toString(bodyEncoding === 'json' ? 'utf8' : 'latin1')).toBe(same);
      },
    ),
  );
});

test('JSON is shown as it is, other text as text, the rest as base64', () => {
  expect(decodeBody(Buffer.from('{"a":1}'))).toEqual({ bodyEncoding: 'json', body: { a: 1 } });
  expect(decodeBody(Buffer.from('{"a":'))).toEqual({ bodyEncoding: 'text', body: '{"a":' });
  expect(decodeBody(Buffer.from([0xff]))).toEqual({ bodyEncoding: 'base64', body: '/w==' });
});
