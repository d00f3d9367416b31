// Misbehaviour on demand: what POST /local/faults asked of a stand-in, and for how many requests more.
import { type Answer, jsonObject, problem } from './exchange.ts';

const targets = ['payments', 'carrier', 'mail'] as const;
export type Target = (typeof targets)[number];

/**
 * ok answers; down resets the connection and does nothing; timeout never answers and does nothing; slow does the work and answers
 * 5 s late; lost-answer does the work and resets the connection.
 */
const modes = ['ok', 'down', 'timeout', 'slow', 'lost-answer'] as const;
export type Mode = (typeof modes)[number];

interface Fault {
  readonly mode: Mode;
  /** Requests it still meets; without it, until another is set. */
  readonly count?: number;
}

/** The fault of each target. Kept in memory: a restart of the process ends all faults. */
export interface Faults {
  /** The mode for the next request of a target, counted down. */
  next(target: Target): Mode;
  set(target: Target, fault: Fault): void;
  all(): Readonly<Record<Target, Fault>>;
}

export function createFaults(): Faults {
  const byTarget: Record<Target, Fault> = { payments: { mode: 'ok' }, carrier: { mode: 'ok' }, mail: { mode: 'ok' } };
  return {
    next: (target) => {
      const { mode, count } = byTarget[target];
      if (count !== undefined) byTarget[target] = count > 1 ? { mode, count: count - 1 } : { mode: 'ok' };
      return mode;
    },
    set: (target, fault) => {
      byTarget[target] = fault;
    },
    all: () => ({ ...byTarget }),
  };
}

/** Takes `{ target, mode, count? }`; a mistake is answered with what is allowed. */
export function setFault(faults: Faults, body: string): Answer {
  const { target: wishedTarget, mode: wishedMode, count, ...rest } = jsonObject(body) ?? {};
  const target = targets.find((known) => known === wishedTarget);
  const mode = modes.find((known) => known === wishedMode);
  const countIsFine = count === undefined || (Number.isInteger(count) && Number(count) >= 1);
  const unknown = Object.keys(rest);
  if (!target || !mode || !countIsFine || unknown.length > 0) {
    const detail =
      `Send { "target": one of ${targets.join(', ')}; "mode": one of ${modes.join(', ')}; ` +
      '"count": optional, a whole number above 0 }.';
    return problem(400, 'Unknown fault', detail, { targets, modes, ...(unknown.length > 0 && { unknown }) });
  }
  faults.set(target, count === undefined || mode === 'ok' ? { mode } : { mode, count: Number(count) });
  return { status: 200, body: faults.all() };
}
