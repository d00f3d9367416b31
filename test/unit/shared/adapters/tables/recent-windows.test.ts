import { expect, test } from 'vitest';
import { recentWindows } from '../../../../../shared/adapters/tables/recent-windows.ts';
import type { WindowsChange } from '../../../../../shared/telemetry/telemetry-store.ts';
import { minuteMs } from '../../../../../shared/telemetry/window.ts';

const first = Date.UTC(2030, 0, 1);
const sample = { at: first, values: { t: 1 } };
const minute = (n: number) => first + n * minuteMs;
const span = (from: number, to = from + 1) => ({ from: minute(from), to: minute(to) });

/** The device's newest reading is at the start of minute 5. */
const change = (...minutes: number[]): WindowsChange => ({
  device: { newestAt: minute(5), openHours: [] },
  minutes: new Map(minutes.map((n) => [minute(n), [sample]])),
});

test('minutes that were written are known, and those after the newest reading are known to be empty', () => {
  const recent = recentWindows();
  recent.keep('d', change(4, 5), 'etag');
  for (const known of [span(4), span(5), span(4, 6), span(6), span(5, 9)]) {
    expect(recent.find('d', known)).toMatchObject({ etag: 'etag' });
  }
  for (const unknown of [span(3), span(3, 6)]) expect(recent.find('d', unknown)).toBeUndefined();
  expect(recent.find('other', span(5))).toBeUndefined();
});

test('what was forgotten is not known', () => {
  const recent = recentWindows();
  recent.keep('d', change(5), 'etag');
  recent.forget('d');
  expect(recent.find('d', span(5))).toBeUndefined();
});

test('of more devices than it holds the one that changed least recently goes', () => {
  const recent = recentWindows({ devices: 2, samples: 10 });
  for (const device of ['a', 'b', 'a', 'c']) recent.keep(device, change(5), device);
  const known = ['a', 'b', 'c'].filter((device) => recent.find(device, span(5)) !== undefined);
  expect(known).toEqual(['a', 'c']);
});

test('a device with more samples than it holds is read again', () => {
  const recent = recentWindows({ devices: 2, samples: 1 });
  recent.keep('d', change(5), 'old');
  recent.keep('d', change(4, 5), 'new');
  expect(recent.find('d', span(5))).toBeUndefined();
});
