// Cuts an SQL filter or action into tokens.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-filter
import { BrokerError } from '../../errors.ts';

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  /** A name in brackets or double quotes, which is never a keyword. */
  | { readonly kind: 'quoted-name'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly text: string; readonly at: number }
  | { readonly kind: 'symbol'; readonly text: string; readonly at: number };

const patterns: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['word', /\p{L}[\p{L}\p{Nd}_]*/uy],
  ['quoted-name', /\[(?:[^\]]|\]\])+\]/y],
  ['quoted-name', /"(?:[^"]|"")+"/y],
  ['string', /'(?:[^']|'')*'/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['symbol', /<>|!=|<=|>=|[=<>+\-*/%(),.;]/y],
];

/** @throws BrokerError invalid-argument at a character that starts no token */
export function tokenize(expression: string, what: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < expression.length) {
    const { kind, text } = tokenAt(expression, at, what);
    if (kind !== 'space') tokens.push({ kind, text: unquoted(kind, text), at });
    at += text.length;
  }
  return tokens;
}

function tokenAt(expression: string, at: number, what: string): { kind: Token['kind'] | 'space'; text: string } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(expression)?.[0];
    if (text !== undefined) return { kind, text };
  }
  const hint = expression[at] === '@' ? ' Parameters cannot be sent along: write their values.' : '';
  throw new BrokerError(
    'invalid-argument',
    `Unexpected '${expression[at]}' at ${at} in the SQL ${what}: ${expression}${hint}`,
  );
}

function unquoted(kind: Token['kind'], text: string): string {
  if (kind === 'string') return text.slice(1, -1).replaceAll("''", "'");
  if (kind !== 'quoted-name') return text;
  const close = text.at(-1) as string;
  return text.slice(1, -1).replaceAll(close + close, close);
}
