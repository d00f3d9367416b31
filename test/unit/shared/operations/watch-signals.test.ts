// However many look at once and wherever they die: who listens hears of each crossing once, in order, and of none too few.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert } from '../../../../shared/operations/alert.ts';
import type { AlertStore } from '../../../../shared/operations/alert-store.ts';
import { type AlertPorts, clearAlert, raiseAlert } from '../../../../shared/operations/raise-alert.ts';
import { measureAll, watchSignals } from '../../../../shared/operations/watch-signals.ts';
import type { Measured } from '../../../../shared/operations/watch-signals.ts';
import { signals } from '../../../../shared/operations/signals.ts';

interface Told {
  readonly id: string;
  readonly type: string;
}

/** A store that lets others in at every call, and processes that die at call number `lifetime`, before it is done or after. */
function world() {
  const alerts = new Map<string, Alert>();
  const told: Told[] = [];
  let version = 0;
  const process = (lifetime = Number.POSITIVE_INFINITY): AlertPorts => {
    let halves = 0;
    const live = async (): Promise<void> => {
      await Promise.resolve();
      halves += 1;
      if (halves > lifetime) throw new Error('dead');
    };
    const store: AlertStore = {
      change: async (alertId, decide) => {
        await live();
        for (;;) {
          const seen = version;
          const before = alerts.get(alertId);
          const after = decide(before);
          await Promise.resolve();
          if (seen !== version) continue;
          if (after !== undefined) {
            version += 1;
            alerts.set(alertId, after);
          }
          await live();
          return after ?? before;
        }
      },
      pending: async () => {
        await live();
        return [...alerts.values()].filter(({ state, turns, told: last }) => state === 'raised' || turns !== last);
      },
    };
    const tell: AlertPorts['tell'] = async ({ id, type }) => {
      await live();
      told.push({ id, type });
      await live();
    };
    return { alerts: store, tell, now: () => Date.UTC(2026, 10, 21) };
  };
  /** As somebody hears it who folds repeats. */
  const heard = () =>
    [...new Map(told.map(({ id, type }) => [id, type])).values()].map((type) => type.split('.').at(-2));
  return { process, heard, told };
}

const lag = (value: number) => async (): Promise<readonly Measured[]> => [
  { name: 'outbox-lag', readings: [{ name: 'outbox-lag', value }] },
];
const fine = lag(0);
const high = lag(signals['outbox-lag'].warnAbove + 1);

test('any values, looks at once and deaths: raised and cleared take turns, and the last look is what was heard last', async () => {
  const look = fc.record({
    isHigh: fc.boolean(),
    lifetime: fc.integer({ min: 0, max: 14 }),
    watchers: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(look, { maxLength: 12 }), fc.boolean(), async (looks, isHighAtLast) => {
      const { process, heard } = world();
      for (const { isHigh, lifetime, watchers } of looks)
        await Promise.allSettled(
          Array.from({ length: watchers }, (_, n) => watchSignals(process(lifetime + n), isHigh ? high : fine)),
        );
      await watchSignals(process(), isHighAtLast ? high : fine);
      const names = heard();
      expect(names).toEqual(names.map((_, index) => (index % 2 === 0 ? 'AlertRaised' : 'AlertCleared')));
      expect(names.at(-1) ?? 'AlertCleared').toBe(isHighAtLast ? 'AlertRaised' : 'AlertCleared');
    }),
    { numRuns: 500 },
  );
});

test('every crossing that somebody lived to see is heard', async () => {
  const { process, heard } = world();
  for (const measure of [high, high, fine, fine, high, fine]) await watchSignals(process(), measure);
  expect(heard()).toEqual(['AlertRaised', 'AlertCleared', 'AlertRaised', 'AlertCleared']);
});

test('what could not be measured clears nothing', async () => {
  const { process, heard } = world();
  await watchSignals(process(), high);
  await watchSignals(process(), async () => [{ name: 'outbox-lag', failure: new Error('away') }]);
  expect(heard()).toEqual(['AlertRaised']);
});

test('what is raised while somebody measures is not cleared by that look', async () => {
  const { process, heard } = world();
  const ports = process();
  const wish = { name: 'dead-letters', subject: 'code/x/mail', title: 't', detail: 'd', advice: 'a' };
  await watchSignals(ports, async () => {
    await raiseAlert(ports, wish);
    return [{ name: 'dead-letters', readings: [] }];
  });
  expect(heard()).toEqual(['AlertRaised']);
  await watchSignals(ports, async () => [{ name: 'dead-letters', readings: [] }]);
  expect(heard()).toEqual(['AlertRaised', 'AlertCleared']);
});

test('each cause has an alert of its own, raised once however many letters come', async () => {
  const { process, told } = world();
  const wish = (subject: string) => ({ name: 'dead-letters', subject, title: 't', detail: 'd', advice: 'a' });
  await Promise.all(['a', 'a', 'b', 'a', 'b'].map((subject) => raiseAlert(process(), wish(subject))));
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
  await clearAlert(process(), { name: 'dead-letters', subject: 'c' });
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
});

test('a measure that fails keeps no other from being told', async () => {
  const zero = async () => [];
  const measured = await measureAll({
    'dead-letters': zero,
    'dead-letter-age': zero,
    'outbox-lag': async () => {
      throw new Error('away');
    },
    'consumer-lag': zero,
    'consumer-standstill': zero,
    'saga-age': zero,
    'operator-tasks': zero,
    'encode-age': zero,
  });
  expect(measured.filter(({ readings }) => readings === undefined).map(({ name }) => name)).toEqual(['outbox-lag']);
});
