// How far a consumer of a hub is behind, from what the hub has and where the consumer's checkpoint stands.
import type { Reading } from './signals.ts';

export interface ConsumerPosition {
  /** `<hub>/<group>/<partition>` */
  readonly subject: string;
  /** Sequence number of the last event it is done with; undefined before its first checkpoint. */
  readonly checkpoint?: number;
  /** Sequence numbers of the oldest event the hub still has, and of the newest. */
  readonly first: number;
  readonly last: number;
}

/** Since when each consumer that has something to read has not moved. */
export type Standing = Readonly<Record<string, { readonly checkpoint: number; readonly sinceMs: number }>>;

const noCheckpoint = -1;

/** Events it has yet to read; those that went with the hub's retention count no more. */
export const lagOf = ({ checkpoint = noCheckpoint, first, last }: ConsumerPosition): number =>
  Math.max(0, last - Math.max(checkpoint, first - 1));

/** As it stands after this look. */
export const lookAgain = (before: Standing, positions: readonly ConsumerPosition[], nowMs: number): Standing =>
  Object.fromEntries(
    positions
      .filter((position) => lagOf(position) > 0)
      .map(({ subject, checkpoint = noCheckpoint }) => {
        const seen = before[subject];
        return [subject, { checkpoint, sinceMs: seen?.checkpoint === checkpoint ? seen.sinceMs : nowMs }];
      }),
  );

export const lagReadings = (positions: readonly ConsumerPosition[]): readonly Reading[] =>
  positions.map((position) => ({ name: 'consumer-lag', subject: position.subject, value: lagOf(position) }));

export const standstillReadings = (
  positions: readonly ConsumerPosition[],
  standing: Standing,
  nowMs: number,
): readonly Reading[] =>
  positions.map(({ subject }) => ({
    name: 'consumer-standstill',
    subject,
    value: nowMs - (standing[subject]?.sinceMs ?? nowMs),
  }));
