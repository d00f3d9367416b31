// zod's issues as the faults of a problem document.
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
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors: InputFault[] = result.error.issues.slice(0, faultLimit).map((issue) => ({
    pointer: `${at}${toPointer(issue.path)}`,
    code: issue.code,
    detail: issue.message,
  }));
  const first = errors[0];
  throw new AppError(code, `${what} is not valid: ${first?.pointer || '/'} ${first?.detail ?? ''}`, { errors });
}
