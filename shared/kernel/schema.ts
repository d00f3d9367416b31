// zod's issues as the faults of a problem document, each a sentence that says what is right.
import type { z } from 'zod';
import { AppError, type ErrorCode, type InputFault } from './errors.ts';

const escape = (key: PropertyKey): string => String(key).replaceAll('~', '~0').replaceAll('/', '~1');

/** An RFC 6901 pointer: ['items', 0, 'sku'] → "/items/0/sku". */
export const toPointer = (path: readonly PropertyKey[]): string => path.map((key) => `/${escape(key)}`).join('');

/** At most this many faults are listed: a body of ten thousand bad items needs no answer of ten thousand lines. */
const faultLimit = 20;

/**
 * The value as the schema's type. `at` is where it stands in what is named.
 * @throws AppError `code` with `errors[]` that point at what is wrong
 */
export function parseWith<T extends z.ZodType>(
  schema: T,
  value: unknown,
  code: ErrorCode,
  what: string,
  at = '',
): z.infer<T> {
  const result = schema.safeParse(value, { error: explain });
  if (result.success) return result.data;
  const errors: InputFault[] = result.error.issues.slice(0, faultLimit).map((issue) => ({
    pointer: `${at}${toPointer(issue.path)}`,
    code: issue.code,
    detail: issue.message,
  }));
  const first = errors[0];
  throw new AppError(code, `${what} is not valid: ${first?.pointer || '/'} ${first?.detail ?? ''}`, { errors });
}

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/** What is right, where the schema itself does not say it. */
function explain(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? `is missing: ${kindOf(issue.expected)}` : `must be ${kindOf(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`;
    case 'invalid_format':
      return `must be ${formats[issue.format] ?? `of the form ${issue.pattern ?? issue.format}`}`;
    case 'too_small':
      return `must ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'unrecognized_keys':
      return `has fields that are not known here: ${issue.keys.slice(0, faultLimit).join(', ')}`;
    case 'invalid_key':
      return `names: ${issue.issues[0]?.message ?? ''}`;
    case 'invalid_union':
      return issue.errors[0]?.[0]?.message;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const kindOf = (expected: string): string => kinds[expected] ?? expected;

const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address, such as ada@example.com',
  datetime: 'a time of ISO 8601, such as 2026-01-31T12:00:00Z',
  date: 'a date of ISO 8601, such as 2026-01-31',
  uuid: 'a UUID',
  url: 'a URL',
};

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${relation} ${limit} characters`;
  if (origin === 'array') return `have ${relation} ${limit} items`;
  if (origin === 'object' || origin === 'record') return `have ${relation} ${limit} fields`;
  return `be ${relation} ${limit}`;
}
