// One look at everything: what is too much raises its alert, what was and is no more clears it.
import type { AlertWish } from './alert.ts';
import { type AlertPorts, clearAlert, raiseAlert } from './raise-alert.ts';
import { detailOf, isTooMuch, type Reading, signalNames, type SignalName, signals } from './signals.ts';

/** What was measured of one signal; `readings` is missing where it could not be measured, which says nothing. */
export interface Measured {
  readonly name: SignalName;
  readonly readings?: readonly Reading[];
  readonly failure?: unknown;
}

/** @throws AppError storage-unavailable, events-unavailable: look again */
export async function watchSignals(
  ports: AlertPorts,
  measure: () => Promise<readonly Measured[]>,
): Promise<readonly Measured[]> {
  // First: an alert that somebody raises while we measure is about what we may not have seen.
  const pending = await ports.alerts.pending();
  const measured = await measure();
  const high = measured.flatMap(({ readings = [] }) => readings.filter(isTooMuch));
  for (const reading of high) await raiseAlert(ports, wishOf(reading));
  const known = new Set<string>(measured.filter(({ readings }) => readings !== undefined).map(({ name }) => name));
  const still = new Set(high.map(keyOf));
  for (const alert of pending) if (known.has(alert.name) && !still.has(keyOf(alert))) await clearAlert(ports, alert);
  return measured;
}

const keyOf = ({ name, subject = '' }: { readonly name: string; readonly subject?: string }): string =>
  `${name} ${subject}`;

const wishOf = (reading: Reading): AlertWish => {
  const { title, advice } = signals[reading.name];
  const { name, subject } = reading;
  return { name, ...(subject === undefined ? {} : { subject }), title, detail: detailOf(reading), advice };
};

/** Each by itself: one that fails keeps no other from being told. */
export const measureAll = (
  measures: Readonly<Record<SignalName, () => Promise<readonly Reading[]>>>,
): Promise<readonly Measured[]> =>
  Promise.all(
    signalNames.map(async (name): Promise<Measured> => {
      try {
        return { name, readings: await measures[name]() };
      } catch (failure) {
        return { name, failure };
      }
    }),
  );
