// Continuation tokens as Azure writes them, `1!<length>!<base64>`: plain ASCII whatever the key holds, and never empty.
import { TableError } from './table-error.ts';

export function encodeToken(text: string): string {
  const encoded = Buffer.from(text).toString('base64url');
  return `1!${encoded.length}!${encoded}`;
}

/** @throws {TableError} InvalidInput */
export function decodeToken(token: string): string {
  const [, length, encoded = ''] = /^1!(\d+)!([\w-]*)$/.exec(token) ?? [];
  if (Number(length) !== encoded.length)
    throw new TableError('InvalidInput', `'${token}' is not a continuation token.`);
  return Buffer.from(encoded, 'base64url').toString();
}
