// Text from outside. Storage refuses lone surrogates and some control characters; a name that breaks its line, or turns the direction
// of the text around it, misleads whoever reads a mail or a log. So each text is well-formed, in NFC, and free of them.
import { z } from 'zod';

/** Control characters, line separators and directional overrides [Unicode 16, 23.2 and UAX 9]. */
const unseen = '\\p{Cc}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069';
const notInLine = new RegExp(`[${unseen}]`, 'u');
const notInText = new RegExp(`(?![\\t\\n\\r])[${unseen}]`, 'u');

const text = (max: number, without: RegExp, kind: string) => {
  const rule = `1 to ${max} characters ${kind}`;
  return z
    .string(rule)
    .refine((value) => value.isWellFormed(), { error: `${rule}, well-formed Unicode`, abort: true })
    .normalize('NFC')
    .trim()
    .min(1, rule)
    .max(max, rule)
    .refine((value) => !without.test(value), `${rule}, without control characters`);
};

/** One line of 1 to `max` UTF-16 code units, each at most 3 bytes in UTF-8; white space around it is dropped. */
export const line = (max: number) => text(max, notInLine, 'in one line');

/** The same with line breaks and tabs. */
export const paragraphs = (max: number) => text(max, notInText, 'of text');

/** An e-mail address as forms take it: ASCII, at most 254 characters. */
export const emailAddress = z.email('an e-mail address of at most 254 characters, such as ada@example.com').max(254);

/**
 * The id of something, as a client names it: it stands in a URL's path and in a table's key.
 * @param more characters it may have beside letters, digits and _
 */
export const idText = (max: number, more: string) =>
  z
    .string()
    // A client drops the path segments "." and ".." before it asks [RFC 3986, 5.2.4].
    .regex(
      new RegExp(`^(?!\\.{1,2}$)[\\w${more.replace('-', '\\-')}]{1,${max}}$`),
      `1 to ${max} letters, digits or any of _ ${more.split('').join(' ')}, but neither . nor ..`,
    );
