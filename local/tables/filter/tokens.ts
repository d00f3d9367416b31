// The words of a $filter: parentheses, literals (already typed) and names.
import { type EdmValue, parseEdmValue } from '../edm.ts';
import { TableError } from '../table-error.ts';

export type Token = { readonly at: number } & (
  | { readonly kind: 'parenthesis'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: EdmValue }
  | { readonly kind: 'word'; readonly text: string }
);

const TOKEN =
  /(?<parenthesis>[()])|(?<prefix>[A-Za-z]+)?'(?<quoted>(?:[^']|'')*)'|(?<number>-INF|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?<suffix>[lLdD])?(?![\w.])|(?<word>[\p{L}_][\p{L}\p{Nd}_]*)/uy;
const SPACE = /\s*/uy;

/** @throws {TableError} InvalidInput, naming the place */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw filterError(at, 'neither a name, an operator nor a value');
    tokens.push(toToken(at, groups));
    at = skipSpace(text, TOKEN.lastIndex);
  }
  return tokens;
}

export function filterError(at: number, problem: string): TableError {
  return new TableError('InvalidInput', `The filter has ${problem} at character ${at + 1}.`);
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

function toToken(at: number, groups: Record<string, string | undefined>): Token {
  const { parenthesis, prefix, quoted, number, suffix, word } = groups;
  if (parenthesis !== undefined) return { at, kind: 'parenthesis', text: parenthesis };
  if (quoted !== undefined)
    return { at, kind: 'literal', value: quotedLiteral(at, prefix, quoted.replaceAll("''", "'")) };
  if (number !== undefined) return { at, kind: 'literal', value: numberLiteral(at, number, suffix?.toLowerCase()) };
  return { at, ...wordToken(word ?? '') };
}

function wordToken(text: string): { kind: 'word'; text: string } | { kind: 'literal'; value: EdmValue } {
  if (text === 'true' || text === 'false')
    return { kind: 'literal', value: { type: 'Edm.Boolean', value: text === 'true' } };
  if (text === 'NaN') return { kind: 'literal', value: { type: 'Edm.Double', value: 'NaN' } };
  if (text === 'INF') return { kind: 'literal', value: { type: 'Edm.Double', value: 'Infinity' } };
  return { kind: 'word', text };
}

function quotedLiteral(at: number, prefix: string | undefined, text: string): EdmValue {
  switch (prefix) {
    case undefined:
      return { type: 'Edm.String', value: text };
    case 'datetime':
      return typed(at, text, 'Edm.DateTime');
    case 'guid':
      return typed(at, text, 'Edm.Guid');
    case 'X':
    case 'binary':
      if (!/^(?:[\da-f]{2})*$/i.test(text)) throw filterError(at, 'a binary value that is not hexadecimal');
      return { type: 'Edm.Binary', value: Buffer.from(text, 'hex').toString('base64') };
    default:
      throw filterError(at, `a value of the unknown type ${prefix}`);
  }
}

function numberLiteral(at: number, text: string, suffix: string | undefined): EdmValue {
  if (text === '-INF') return { type: 'Edm.Double', value: '-Infinity' };
  if (suffix === 'l') return typed(at, text, 'Edm.Int64');
  if (suffix === 'd' || !/^-?\d+$/.test(text)) return typed(at, text, 'Edm.Double');
  return typed(at, text, Math.abs(Number(text)) < 2 ** 31 ? 'Edm.Int32' : 'Edm.Int64');
}

function typed(at: number, text: string, type: string): EdmValue {
  try {
    return parseEdmValue('$filter', text, type);
  } catch {
    throw filterError(at, `a value that is no ${type}`);
  }
}
