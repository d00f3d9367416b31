import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, renderMail } from '../../../../shared/mail/template.ts';

const blocks: readonly Block[] = [
  'Hello Ada,',
  { list: ['2 × TICKET', '1 × PIZZA'] },
  { table: { head: ['Item', 'Price'], rows: [['2 × TICKET', '98.00 EUR']], total: ['Total', '98.00 EUR'] } },
  { facts: { Order: 'o-1', Till: 'till-7' } },
];

test('the text is set in paragraphs, lists and columns', () => {
  expect(renderMail('Confirmed', blocks).text).toBe(`Hello Ada,

- 2 × TICKET
- 1 × PIZZA

Item            Price
2 × TICKET  98.00 EUR
Total       98.00 EUR

Order: o-1
Till: till-7
`);
});

test('the HTML is a page that says the same', () => {
  const { html } = renderMail('Confirmed', blocks);
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  for (const part of ['<title>Confirmed</title>', 'Hello Ada,', '2 × TICKET</li>', '98.00 EUR</td>', 'till-7']) {
    expect(html).toContain(part);
  }
});

test('a line break in a name begins no line of its own, in the subject as in the text', () => {
  const { subject, text } = renderMail('Ready: a\r\nBcc: eve@example.com', ['Hello Ada\n\nPay here,']);
  expect(subject).toBe('Ready: a Bcc: eve@example.com');
  expect(text).toBe('Hello Ada Pay here,\n');
});

test('whatever stands in a mail, its markup is that of the template', () => {
  const tagsOf = (html: string): string[] => html.match(/<[^>]*>/g) ?? [];
  const mail = (text: string): string =>
    renderMail(text, [
      text,
      { list: [text] },
      { facts: { [text]: text } },
      { table: { head: [text, text], rows: [[text, text]], total: [text, text] } },
    ]).html;
  const expected = tagsOf(mail('plain'));
  const hostile = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'b', ' ', '\n', '\u0000') });
  fc.assert(
    fc.property(hostile, (text) => {
      expect(tagsOf(mail(text))).toEqual(expected);
    }),
  );
});
