// The values of SQL rules. As in Azure an integer is an Int64 (here a bigint) and a number with a fraction a Double, with C#'s
// arithmetic; null stands for what is unknown.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-filter
import type { PropertyValue } from '../../entities/definitions.ts';
import { RuleError } from '../rule-fields.ts';
import type { Arithmetic, Comparison, SqlValue } from './expression.ts';

/** Differs from Azure: a number without a fraction is an integer in SQL rules, even one that its sender encoded as a double. */
export function fromProperty(value: PropertyValue | undefined): SqlValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'object' && value !== null) return new Date(value.timestampMs);
  return value ?? null;
}

export function toProperty(value: SqlValue): PropertyValue {
  if (value instanceof Date) return { timestampMs: value.getTime() };
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Numbers compare with numbers; values of different types give unknown. */
export function compare(operator: Comparison, left: SqlValue, right: SqlValue): boolean | null {
  if (left === null || right === null || kindOf(left) !== kindOf(right)) return null;
  const isLess = left < right;
  const isGreater = left > right;
  switch (operator) {
    case '=':
      return !isLess && !isGreater;
    case '<>':
      return isLess || isGreater;
    case '<':
      return isLess;
    case '<=':
      return isLess || !isGreater;
    case '>':
      return isGreater;
    case '>=':
      return isGreater || !isLess;
  }
}

/** @throws RuleError when an integer is divided by zero */
export function calculate(operator: Arithmetic, left: SqlValue, right: SqlValue): SqlValue {
  if (left === null || right === null) return null;
  if (operator === '+' && (typeof left === 'string' || typeof right === 'string')) return textOf(left) + textOf(right);
  if (typeof left === 'bigint' && typeof right === 'bigint') return calculateExactly(operator, left, right);
  if (kindOf(left) !== 'number' || kindOf(right) !== 'number') return null;
  return calculateRoughly(operator, Number(left), Number(right));
}

export function negate(value: SqlValue): SqlValue {
  if (typeof value === 'bigint') return BigInt.asIntN(64, -value);
  return typeof value === 'number' ? -value : null;
}

/** As the type of what stands there already where that can be done, otherwise as it is. */
export function converted(value: SqlValue, existing: SqlValue): SqlValue {
  if (value === null || existing === null || kindOf(value) === kindOf(existing)) return value;
  if (typeof existing === 'string') return textOf(value);
  if (typeof value !== 'string') return value;
  if (typeof existing === 'boolean') return /^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return kindOf(existing) === 'number' && Number.isFinite(number) ? number : value;
}

export function textOf(value: Exclude<SqlValue, null>): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

function kindOf(value: Exclude<SqlValue, null>): string {
  if (value instanceof Date) return 'date';
  return typeof value === 'bigint' ? 'number' : typeof value;
}

function calculateExactly(operator: Arithmetic, left: bigint, right: bigint): bigint {
  if (right === 0n && (operator === '/' || operator === '%'))
    throw new RuleError(`${left} ${operator} 0 has no result.`);
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, left + right);
    case '-':
      return BigInt.asIntN(64, left - right);
    case '*':
      return BigInt.asIntN(64, left * right);
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function calculateRoughly(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}
