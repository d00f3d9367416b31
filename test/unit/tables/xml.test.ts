import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseXml, writeXml, type XmlElement } from '../../../local/tables/xml.ts';

const name = fc.stringMatching(/^[A-Za-z]\w{0,4}$/);
const text = fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';', 'ü') });
const { element } = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 3 },
    fc.record({ name, text, children: fc.constant([]) }),
    fc.record({ name, text: fc.constant(''), children: fc.array(tie('element'), { minLength: 1, maxLength: 3 }) }),
  ),
}));

describe('xml', () => {
  test('any elements are read as they were written', () => {
    fc.assert(
      fc.property(element, (each) => {
        expect(parseXml(writeXml(each))).toEqual(each);
      }),
    );
  });

  test('a declaration, a byte order mark, comments and attributes are passed over', () => {
    const document = '\uFEFF<?xml version="1.0"?>\n<!-- note --><a x="1"><b/></a>';
    expect(parseXml(document)).toMatchObject({ name: 'a', children: [{ name: 'b' }] });
  });

  test.each(['', 'text', '<a>', '</a>', '<a></b>', '<a/><b/>', '<a', '<!DOCTYPE a><a/>', '<a>&#99999999999;</a><'])(
    '%s is refused',
    (document) => {
      expect(() => parseXml(document)).toThrow('not syntactically valid');
    },
  );
});
