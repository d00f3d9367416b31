// The part of a table a filter can match: the one range of store keys to read. What lies in it is still put to the filter.
import { isValidKey } from '../entity.ts';
import { AFTER, recordKey, SEPARATOR } from '../entity-record.ts';
import { compareText } from '../text-order.ts';
import type { Filter, Operator } from './filter.ts';

/** from <= key < before; a missing end is open. */
export interface KeyRange {
  readonly from?: string;
  readonly before?: string;
}

export function isInRange(key: string, { from, before }: KeyRange): boolean {
  return (from === undefined || compareText(key, from) >= 0) && (before === undefined || compareText(key, before) < 0);
}

/** What lies in both. */
export function commonRange(a: KeyRange, b: KeyRange): KeyRange {
  const from = a.from !== undefined && (b.from === undefined || compareText(a.from, b.from) > 0) ? a.from : b.from;
  const before =
    a.before !== undefined && (b.before === undefined || compareText(a.before, b.before) < 0) ? a.before : b.before;
  return { ...(from !== undefined && { from }), ...(before !== undefined && { before }) };
}

interface Bound {
  readonly key: string;
  readonly isIncluded: boolean;
}
interface Interval {
  readonly low?: Bound;
  readonly high?: Bound;
}
interface Intervals {
  readonly partition: Interval;
  readonly row: Interval;
}

const ALL: Intervals = { partition: {}, row: {} };
const NEGATED: Readonly<Record<Operator, Operator>> = { eq: 'ne', ne: 'eq', gt: 'le', ge: 'lt', lt: 'ge', le: 'gt' };

export function keyRangeOf(filter: Filter | undefined): KeyRange {
  return filter ? toKeyRange(intervalsOf(filter, false)) : {};
}

function intervalsOf(filter: Filter, isNegated: boolean): Intervals {
  switch (filter.kind) {
    case 'constant':
      return ALL;
    case 'not':
      return intervalsOf(filter.operand, !isNegated);
    case 'compare':
      return comparedIntervals(filter, isNegated);
    case 'and':
    case 'or': {
      const parts = filter.operands.map((operand) => intervalsOf(operand, isNegated));
      const isAnd = (filter.kind === 'and') !== isNegated;
      return parts.reduce((left, right) => combine(left, right, isAnd ? intersection : hull));
    }
  }
}

function combine(left: Intervals, right: Intervals, by: (a: Interval, b: Interval) => Interval): Intervals {
  return { partition: by(left.partition, right.partition), row: by(left.row, right.row) };
}

function comparedIntervals(filter: Filter & { kind: 'compare' }, isNegated: boolean): Intervals {
  const { literal, property } = filter;
  // A text that no key can hold may stand on the wrong side of the separator: it bounds nothing.
  if (literal.type !== 'Edm.String' || !isValidKey(literal.value)) return ALL;
  const compared = toInterval(isNegated ? NEGATED[filter.operator] : filter.operator, literal.value);
  if (property === 'PartitionKey') return { partition: compared, row: {} };
  if (property === 'RowKey') return { partition: {}, row: compared };
  return ALL;
}

function toInterval(operator: Operator, key: string): Interval {
  switch (operator) {
    case 'eq':
      return { low: { key, isIncluded: true }, high: { key, isIncluded: true } };
    case 'ne':
      return {};
    case 'gt':
    case 'ge':
      return { low: { key, isIncluded: operator === 'ge' } };
    case 'lt':
    case 'le':
      return { high: { key, isIncluded: operator === 'le' } };
  }
}

function intersection(a: Interval, b: Interval): Interval {
  return interval(
    a.low && b.low ? higher(a.low, b.low) : (a.low ?? b.low),
    a.high && b.high ? lower(a.high, b.high) : (a.high ?? b.high),
  );
}

/** The smallest interval around both. */
function hull(a: Interval, b: Interval): Interval {
  const low = a.low && b.low && (higher(a.low, b.low) === a.low ? b.low : a.low);
  const high = a.high && b.high && (lower(a.high, b.high) === a.high ? b.high : a.high);
  return interval(low, high);
}

function interval(low: Bound | undefined, high: Bound | undefined): Interval {
  return { ...(low && { low }), ...(high && { high }) };
}

/** The tighter of two lower bounds. */
function higher(a: Bound, b: Bound): Bound {
  const order = compareText(a.key, b.key);
  if (order === 0) return a.isIncluded ? b : a;
  return order > 0 ? a : b;
}

/** The tighter of two upper bounds. */
function lower(a: Bound, b: Bound): Bound {
  const order = compareText(a.key, b.key);
  if (order === 0) return a.isIncluded ? b : a;
  return order < 0 ? a : b;
}

function toKeyRange({ partition, row }: Intervals): KeyRange {
  const { low, high } = partition;
  if (low && high && low.key === high.key && low.isIncluded && high.isIncluded) return rowsOf(low.key, row);
  return {
    ...(low && { from: `${low.key}${low.isIncluded ? SEPARATOR : AFTER}` }),
    ...(high && { before: `${high.key}${high.isIncluded ? AFTER : SEPARATOR}` }),
  };
}

/** Within one partition the rows have an order too. */
function rowsOf(partitionKey: string, { low, high }: Interval): KeyRange {
  const from = low ? `${recordKey(partitionKey, low.key)}${low.isIncluded ? '' : AFTER}` : recordKey(partitionKey, '');
  const before = high
    ? `${recordKey(partitionKey, high.key)}${high.isIncluded ? AFTER : ''}`
    : `${partitionKey}${AFTER}`;
  return { from, before };
}
