// Which events a subscription lets through.
import { describe, expect, it } from 'vitest';
import { matches } from '../../../local/event-grid/filter.ts';
import type { GridEvent } from '../../../local/event-grid/grid-event.ts';
import { parseTopology } from '../../../local/topology.ts';

const event: GridEvent = {
  schema: 'EventGridSchema',
  body: {
    id: '1',
    subject: '/blobServices/default/containers/incoming/blobs/Film.mp4',
    eventType: 'Microsoft.Storage.BlobCreated',
    data: { api: 'PutBlob', size: 10, isNew: true, none: null, deep: { er: 'x' } },
  },
};

function passes(filter: object): boolean {
  const subscription = { name: 's', function: 'f', properties: { filter } };
  const { eventGrid } = parseTopology({ eventGrid: { topics: [{ name: 't', subscriptions: [subscription] }] } });
  const [parsed] = eventGrid.topics[0]?.subscriptions ?? [];
  if (!parsed) throw new Error('no subscription');
  return matches(parsed.filter, event);
}

describe('a subscription lets an event through', () => {
  it.each([
    ['without a filter', {}],
    ['of one of its types', { includedEventTypes: ['other', 'Microsoft.Storage.BlobCreated'] }],
    [
      'whose subject begins and ends right in any case',
      { subjectBeginsWith: '/BLOBServices/', subjectEndsWith: '.MP4' },
    ],
  ])('%s', (_, filter) => {
    expect(passes(filter)).toBe(true);
  });
});

describe('a subscription keeps an event out', () => {
  it.each([
    ['of another type', { includedEventTypes: ['Microsoft.Storage.BlobDeleted'] }],
    ['whose subject begins otherwise', { subjectBeginsWith: '/queueServices/' }],
    ['whose subject ends otherwise', { subjectEndsWith: '.mov' }],
    ['whose subject differs in case where case counts', { subjectEndsWith: '.MP4', isSubjectCaseSensitive: true }],
    [
      'that one of two advanced filters refuses',
      { advancedFilters: [advanced('StringIn', 'data.api', ['PutBlob']), advanced('NumberIn', 'data.size', [1])] },
    ],
  ])('%s', (_, filter) => {
    expect(passes(filter)).toBe(false);
  });
});

describe('an advanced filter', () => {
  it.each([
    ['StringIn', 'data.api', ['x', 'putblob'], true],
    ['StringIn', 'data.api', ['Put'], false],
    ['StringNotIn', 'data.api', ['PutBlob'], false],
    ['StringNotIn', 'data.missing', ['PutBlob'], true],
    ['StringBeginsWith', 'data.api', ['PUT'], true],
    ['StringNotBeginsWith', 'data.api', ['Put'], false],
    ['StringEndsWith', 'data.api', ['blob'], true],
    ['StringNotEndsWith', 'data.api', ['blob'], false],
    ['StringContains', 'data.deep.er', ['X'], true],
    ['StringContains', 'data.size', ['1'], false],
    ['StringNotContains', 'data.api', ['zz'], true],
    ['NumberIn', 'data.size', [9, 10], true],
    ['NumberNotIn', 'data.size', [10], false],
    [
      'NumberInRange',
      'data.size',
      [
        [1, 5],
        [10, 12],
      ],
      true,
    ],
    ['NumberNotInRange', 'data.size', [[1, 20]], false],
    ['StringIn', 'Subject', ['/blobservices/default/containers/incoming/blobs/film.mp4'], true],
    ['StringIn', 'data.__proto__', ['x'], false],
  ])('%s of %s with %j is %s', (operatorType, key, values, expected) => {
    expect(passes({ advancedFilters: [advanced(operatorType, key, values)] })).toBe(expected);
  });

  it.each([
    ['NumberLessThan', 'data.size', 10, false],
    ['NumberLessThanOrEquals', 'data.size', 10, true],
    ['NumberGreaterThan', 'data.size', 9, true],
    ['NumberGreaterThanOrEquals', 'data.size', 11, false],
    ['NumberGreaterThan', 'data.api', 0, false],
    ['BoolEquals', 'data.isNew', true, true],
    ['BoolEquals', 'data.isNew', false, false],
  ])('%s of %s with %j is %s', (operatorType, key, value, expected) => {
    expect(passes({ advancedFilters: [{ operatorType, key, value }] })).toBe(expected);
  });

  it.each([
    ['IsNullOrUndefined', 'data.none', true],
    ['IsNullOrUndefined', 'data.missing', true],
    ['IsNotNull', 'data.api', true],
    ['IsNotNull', 'data.none', false],
  ])('%s of %s is %s', (operatorType, key, expected) => {
    expect(passes({ advancedFilters: [{ operatorType, key }] })).toBe(expected);
  });
});

function advanced(operatorType: string, key: string, values: unknown) {
  return { operatorType, key, values };
}
