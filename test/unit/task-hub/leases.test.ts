import { expect, it } from 'vitest';
import { Leases, graceMs } from '../../../local/task-hub/leases.ts';

const leaseMs = 12_000;

function leasesOf(...leaseIds: string[]): Leases<string> {
  const leases = new Leases<string>(leaseMs);
  for (const leaseId of leaseIds) leases.grant(leaseId, 'worker', `work of ${leaseId}`, 0);
  return leases;
}

it('run out after their length, each with its item', () => {
  const leases = leasesOf('a');
  expect(leases.takeExpired(leaseMs - 1)).toEqual([]);
  expect(leases.takeExpired(leaseMs)).toEqual(['work of a']);
  expect(leases.takeExpired(leaseMs)).toEqual([]);
});

it('are renewed by name: one the worker does not know of runs out', () => {
  const leases = leasesOf('known', 'lost');
  leases.renew(['known', 'never granted'], 10_000);
  expect(leases.takeExpired(leaseMs)).toEqual(['work of lost']);
  expect(leases.nextExpiryMs()).toBe(10_000 + leaseMs);
});

it('are shortened when the connection breaks, and last again when the worker comes back', () => {
  const leases = leasesOf('a');
  leases.shorten('worker', 1_000);
  expect(leases.nextExpiryMs()).toBe(1_000 + graceMs);
  leases.renew(['a'], 1_500);
  expect(leases.takeExpired(1_000 + graceMs)).toEqual([]);
});

it('of one worker do not suffer for another', () => {
  const leases = leasesOf('a');
  leases.grant('b', 'other', 'work of b', 0);
  leases.shorten('other', 0);
  expect(leases.takeExpired(graceMs)).toEqual(['work of b']);
  expect(leases.takeBack('worker')).toEqual(['work of a']);
});
