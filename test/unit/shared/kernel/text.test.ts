import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idText, line, paragraphs } from '../../../../shared/kernel/text.ts';

describe('a line', () => {
  test('is trimmed and in NFC: the same name is the same text', () => {
    expect(line(10).parse('  Zoe\u0308 ')).toBe('Zo\u00eb');
  });

  test.each(['', ' ', 'a\nb', 'a\u0000', '\ud800', '\udc00\ud800', 'a\u2028b', 'a\u202e', 'x'.repeat(11)])(
    'is not %j',
    (text) => {
      expect(line(10).safeParse(text).success).toBe(false);
    },
  );

  test('holds whatever it takes: well-formed, without control characters, at most 3 bytes a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const { data } = line(20).safeParse(text);
        if (data === undefined) return;
        expect(data.isWellFormed()).toBe(true);
        expect(data).not.toMatch(/\p{Cc}/u);
        expect(Buffer.byteLength(data)).toBeLessThanOrEqual(60);
        expect(line(20).parse(data)).toBe(data);
      }),
    );
  });
});

test('paragraphs keep their line breaks', () => {
  expect(paragraphs(20).parse('a\r\nb\tc')).toBe('a\r\nb\tc');
  expect(paragraphs(20).safeParse('a\u0007').success).toBe(false);
});

test('an id survives a URL as a path segment', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w.@:-]{1,8}$/), (id) => {
      fc.pre(idText(8, '.@:-').safeParse(id).success);
      expect(new URL(`http://host/things/${id}`).pathname).toBe(`/things/${id}`);
    }),
  );
});
