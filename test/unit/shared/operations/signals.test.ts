import { expect, test } from 'vitest';
import {
  detailOf,
  isTooMuch,
  readingView,
  signalNames,
  signals,
  valueText,
} from '../../../../shared/operations/signals.ts';

test.each(signalNames)('%s is fine at its threshold and too much above it', (name) => {
  const { warnAbove } = signals[name];
  expect([warnAbove, warnAbove + 1].map((value) => isTooMuch({ name, value }))).toEqual([false, true]);
});

test.each(signalNames)('%s says what is wrong and what to do', (name) => {
  const { title, advice, unit } = signals[name];
  expect([title, advice]).toEqual([
    expect.stringMatching(/^[A-Z].{5,60}$/),
    expect.stringMatching(/^[A-Z].{10,200}\.$/),
  ]);
  expect(['ms', 'count']).toContain(unit);
});

test('a value is written as people read it', () => {
  const ages = [0, 999, 1_000, 59_999, 60_000, 3_600_000, 90_000_000];
  expect(ages.map((value) => valueText({ name: 'saga-age', value }))).toEqual([
    '0 ms',
    '999 ms',
    '1 s',
    '59 s',
    '1 min',
    '1 h',
    '1 d',
  ]);
  expect(valueText({ name: 'consumer-lag', value: 90_000 })).toBe('90000');
});

test('what is too much is shown with advice, what is fine without', () => {
  const reading = { name: 'outbox-lag', value: 60_001 } as const;
  expect(readingView(reading)).toMatchObject({
    state: 'high',
    text: '1 min',
    unit: 'ms',
    warnAbove: 60_000,
    advice: expect.any(String),
  });
  expect(readingView({ ...reading, value: 1 })).not.toHaveProperty('advice');
  expect(detailOf({ ...reading, subject: 'orders' })).toBe('orders: 1 min, above 1 min');
});
