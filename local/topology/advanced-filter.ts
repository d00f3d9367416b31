// Advanced filters of Event Grid: what value an operator compares with.
// https://learn.microsoft.com/azure/event-grid/event-filtering#advanced-filtering
import type { Fields } from './fields.ts';

/** `key` is a path into the event, such as `data.api`. Strings compare in any case; of several values one is enough. */
export type AdvancedFilter = { readonly key: string } & (
  | { readonly operatorType: (typeof numberComparisons)[number]; readonly value: number }
  | { readonly operatorType: (typeof numberSets)[number]; readonly values: readonly number[] }
  | { readonly operatorType: (typeof numberRanges)[number]; readonly values: readonly (readonly [number, number])[] }
  | { readonly operatorType: 'BoolEquals'; readonly value: boolean }
  | { readonly operatorType: (typeof textSets)[number]; readonly values: readonly string[] }
  | { readonly operatorType: (typeof presences)[number] }
);

const numberComparisons = [
  'NumberLessThan',
  'NumberLessThanOrEquals',
  'NumberGreaterThan',
  'NumberGreaterThanOrEquals',
] as const;
const numberSets = ['NumberIn', 'NumberNotIn'] as const;
const numberRanges = ['NumberInRange', 'NumberNotInRange'] as const;
const textSets = [
  'StringIn',
  'StringNotIn',
  'StringBeginsWith',
  'StringNotBeginsWith',
  'StringEndsWith',
  'StringNotEndsWith',
  'StringContains',
  'StringNotContains',
] as const;
const presences = ['IsNullOrUndefined', 'IsNotNull'] as const;
const operators = [...numberComparisons, ...numberSets, ...numberRanges, 'BoolEquals', ...textSets, ...presences];

export function readAdvancedFilter(fields: Fields): AdvancedFilter {
  const key = fields.text('key');
  if (key === undefined || key === '') throw fields.wrong('key', 'a path such as data.api');
  const given = fields.text('operatorType');
  const among = <T extends string>(group: readonly T[]): T | undefined => group.find((name) => name === given);
  const comparison = among(numberComparisons);
  if (comparison) return { key, operatorType: comparison, value: fields.number('value') };
  const numberSet = among(numberSets);
  if (numberSet) return { key, operatorType: numberSet, values: fields.list('values', isNumber, 'numbers') };
  const range = among(numberRanges);
  if (range) return { key, operatorType: range, values: fields.list('values', isRange, '[from, to] pairs of numbers') };
  if (given === 'BoolEquals') return { key, operatorType: given, value: fields.requiredFlag('value') };
  const textSet = among(textSets);
  if (textSet) return { key, operatorType: textSet, values: fields.texts('values') };
  const presence = among(presences);
  if (presence) return { key, operatorType: presence };
  throw fields.wrong('operatorType', `one of ${operators.join(', ')}`);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isRange(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(isNumber);
}
