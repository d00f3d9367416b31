// Something is wrong until it is right again. An alert has turns: odd ones raise it, even ones clear it. A turn is stored before it
// is told, and the next one waits until it was, so that whoever listens hears each turn once, in order.
import { deterministicId } from '../kernel/ids.ts';

export interface AlertWish {
  /** Of a signal, or of whatever else watches. A wish for `dead-letters` names their cause as its subject. */
  readonly name: string;
  /** What it is about, where there is more than one: the cause of dead letters, a partition. */
  readonly subject?: string;
  readonly title: string;
  /** What was seen. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice: string;
}

export interface Alert extends AlertWish {
  readonly alertId: string;
  readonly state: 'raised' | 'cleared';
  /** How often it was raised or cleared, at least once. */
  readonly turns: number;
  /** The last turn that was told. */
  readonly told: number;
  /** When it was raised last. */
  readonly raisedAt: string;
  readonly updatedAt: string;
}

const detailLimit = 1_000;

export const alertIdOf = ({ name, subject = '' }: Pick<AlertWish, 'name' | 'subject'>): string =>
  deterministicId('alert', name, subject);

export const isTold = ({ turns, told }: Alert): boolean => told === turns;

/** Undefined while it is raised already, or its last turn is not told yet. */
export function decideRaiseAlert(alert: Alert | undefined, wish: AlertWish, at: string): Alert | undefined {
  if (alert !== undefined && (alert.state === 'raised' || !isTold(alert))) return undefined;
  const { name, subject, title, detail, advice } = wish;
  return {
    alertId: alertIdOf(wish),
    name,
    ...(subject === undefined ? {} : { subject }),
    title,
    detail: detail.slice(0, detailLimit),
    advice,
    state: 'raised',
    turns: (alert?.turns ?? 0) + 1,
    told: alert?.told ?? 0,
    raisedAt: at,
    updatedAt: at,
  };
}

/** Undefined where there is nothing to clear, or its last turn is not told yet. */
export function decideClearAlert(alert: Alert | undefined, at: string): Alert | undefined {
  if (alert === undefined || alert.state === 'cleared' || !isTold(alert)) return undefined;
  return { ...alert, state: 'cleared', turns: alert.turns + 1, updatedAt: at };
}

/** Undefined where somebody has noted it. */
export const decideToldAlert = (alert: Alert | undefined, turn: number): Alert | undefined =>
  alert === undefined || alert.told >= turn ? undefined : { ...alert, told: turn };
