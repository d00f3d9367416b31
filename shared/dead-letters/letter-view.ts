// A letter as the API shows it.
import type { DeadLetter, DeadLetterEntry } from './dead-letter.ts';

/** What is shown of the body, and how it is to be understood; a mended one is sent in the same way. */
export type BodyView =
  | { readonly bodyEncoding: 'json'; readonly body: unknown }
  | { readonly bodyEncoding: 'text' | 'base64'; readonly body: string };

export type BodyEncoding = BodyView['bodyEncoding'];

export function letterView({ held, actions: _ids, returned: _number, firstSha256: _hash, ...letter }: DeadLetter) {
  return { ...letter, ...(held === undefined ? {} : { underWay: { by: held.by, until: held.until } }) };
}

/** Alone, with its body and history. */
export const letterWithBody = (letter: DeadLetter, body: Uint8Array, history: readonly DeadLetterEntry[]) => ({
  ...letterView(letter),
  ...decodeBody(body),
  history,
});

/** JSON where it is JSON, else text, else base64. */
export function decodeBody(bytes: Uint8Array): BodyView {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { bodyEncoding: 'base64', body: Buffer.from(bytes).toString('base64') };
  }
  try {
    return { bodyEncoding: 'json', body: JSON.parse(text) as unknown };
  } catch {
    return { bodyEncoding: 'text', body: text };
  }
}

/** A mended body as it is sent; without an encoding a string is text, anything else JSON. */
export function encodeBody(body: unknown, encoding: BodyEncoding = typeof body === 'string' ? 'text' : 'json'): Buffer {
  return encoding === 'json' || typeof body !== 'string'
    ? Buffer.from(JSON.stringify(body))
    : Buffer.from(body, encoding === 'text' ? 'utf8' : 'base64');
}
