import { expect, test } from 'vitest';
import {
  type ConsumerPosition,
  lagOf,
  lookAgain,
  standstillReadings,
} from '../../../../shared/operations/consumer-position.ts';

const at = (checkpoint: number | undefined, first: number, last: number): ConsumerPosition => ({
  subject: 'telemetry/aggregation/0',
  ...(checkpoint === undefined ? {} : { checkpoint }),
  first,
  last,
});

test.each([
  ['has read all', at(9, 0, 9), 0],
  ['has read some', at(3, 0, 9), 6],
  ['has never read', at(undefined, 0, 9), 10],
  ['reads a hub that has nothing', at(undefined, 0, -1), 0],
  ['lost to retention what it had not read', at(3, 6, 9), 4],
  ['has a checkpoint ahead of a hub that was made anew', at(50, 0, 9), 0],
])('the lag of one that %s', (_name, position, lag) => expect(lagOf(position)).toBe(lag));

const standsFor = (looks: readonly ConsumerPosition[]): number | undefined => {
  const last = looks.length * 60_000;
  const standing = looks.reduce((before, position, index) => lookAgain(before, [position], (index + 1) * 60_000), {});
  return standstillReadings(looks.slice(-1), standing, last)[0]?.value;
};

test.each([
  ['does not move while there is something to read', [at(3, 0, 9), at(3, 0, 12), at(3, 0, 12)], 120_000],
  ['moves, however slowly', [at(3, 0, 9), at(4, 0, 12), at(5, 0, 15)], 0],
  ['begins to stand', [at(3, 0, 9), at(4, 0, 12), at(4, 0, 15)], 60_000],
  ['has nothing to read, then something', [at(9, 0, 9), at(9, 0, 9), at(9, 0, 10)], 0],
  ['has never read', [at(undefined, 0, 9), at(undefined, 0, 9)], 60_000],
])('the standstill of one that %s', (_name, looks, value) => expect(standsFor(looks)).toBe(value));
