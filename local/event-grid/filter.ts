// Whether a subscription wants an event: its type, its subject, and advanced filters on any of its fields.
// https://learn.microsoft.com/azure/event-grid/event-filtering
import type { AdvancedFilter } from '../topology/advanced-filter.ts';
import type { EventFilter } from '../topology/event-grid.ts';
import { type GridEvent, typeOf } from './grid-event.ts';

export function matches(filter: EventFilter, event: GridEvent): boolean {
  const subject = inCase(filter, textOf(event.body['subject']));
  return (
    (filter.includedEventTypes?.includes(typeOf(event)) ?? true) &&
    subject.startsWith(inCase(filter, filter.subjectBeginsWith)) &&
    subject.endsWith(inCase(filter, filter.subjectEndsWith)) &&
    filter.advancedFilters.every((advanced) => meets(advanced, valueAt(event.body, advanced.key)))
  );
}

function inCase({ isSubjectCaseSensitive }: EventFilter, text: string): string {
  return isSubjectCaseSensitive ? text : text.toLowerCase();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** `data.api` and the like. As in Azure's own examples, an envelope's field may be written `Subject`. */
function valueAt(body: GridEvent['body'], key: string): unknown {
  const [first = '', ...rest] = key.split('.');
  const field = Object.keys(body).find((name) => name.toLowerCase() === first.toLowerCase());
  let value: unknown = field === undefined ? undefined : body[field];
  for (const name of rest) {
    const isObject = typeof value === 'object' && value !== null;
    value = isObject && Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

/** A value that is missing or of another type meets only what says Not. */
function meets(filter: AdvancedFilter, value: unknown): boolean {
  if (isTextFilter(filter)) return meetsText(filter, value);
  switch (filter.operatorType) {
    case 'NumberLessThan':
      return typeof value === 'number' && value < filter.value;
    case 'NumberLessThanOrEquals':
      return typeof value === 'number' && value <= filter.value;
    case 'NumberGreaterThan':
      return typeof value === 'number' && value > filter.value;
    case 'NumberGreaterThanOrEquals':
      return typeof value === 'number' && value >= filter.value;
    case 'NumberIn':
      return filter.values.some((wanted) => wanted === value);
    case 'NumberNotIn':
      return filter.values.every((unwanted) => unwanted !== value);
    case 'NumberInRange':
      return filter.values.some((range) => isWithin(range, value));
    case 'NumberNotInRange':
      return !filter.values.some((range) => isWithin(range, value));
    case 'BoolEquals':
      return value === filter.value;
    case 'IsNullOrUndefined':
      return value === null || value === undefined;
    case 'IsNotNull':
      return value !== null && value !== undefined;
  }
}

function isWithin([from, to]: readonly [number, number], value: unknown): boolean {
  return typeof value === 'number' && value >= from && value <= to;
}

type TextFilter = Extract<AdvancedFilter, { readonly values: readonly string[] }>;

function isTextFilter(filter: AdvancedFilter): filter is TextFilter {
  return filter.operatorType.startsWith('String');
}

function meetsText({ operatorType, values }: TextFilter, value: unknown): boolean {
  const isNegated = operatorType.startsWith('StringNot');
  if (typeof value !== 'string') return isNegated;
  const text = value.toLowerCase();
  const compare = comparisons[operatorType.replace('Not', '') as keyof typeof comparisons];
  return values.some((wanted) => compare(text, wanted.toLowerCase())) !== isNegated;
}

const comparisons = {
  StringIn: (text: string, wanted: string) => text === wanted,
  StringBeginsWith: (text: string, wanted: string) => text.startsWith(wanted),
  StringEndsWith: (text: string, wanted: string) => text.endsWith(wanted),
  StringContains: (text: string, wanted: string) => text.includes(wanted),
};
