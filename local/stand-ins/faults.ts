// Misbehaviour on demand: what POST /local/faults asked of a stand-in, and for how many requests more.
import { type Answer, jsonObject, problem } from './exchange.ts';

/**
 * ok answers; down resets the connection and does nothing; timeout never answers and does nothing; slow does the work and answers
 * 5 s late; lost-answer does the work and resets the connection; late never answers and does the work 5 s later.
 * Of webhooks, which are sent: down keeps one back as if nobody had taken it; repeated sends it three times; reordered keeps every
 * other one back for 2 s.
 */
export type Mode = 'ok' | 'down' | 'timeout' | 'slow' | 'lost-answer' | 'late' | 'repeated' | 'reordered';

const asked = ['ok', 'down', 'timeout', 'slow', 'lost-answer', 'late'] as const;
const modesOf = {
  payments: asked,
  carrier: asked,
  mail: asked,
  webhooks: ['ok', 'down', 'repeated', 'reordered'],
} as const satisfies Record<string, readonly Mode[]>;
export type Target = keyof typeof modesOf;
const targets = Object.keys(modesOf) as Target[];

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
  const byTarget: Record<Target, Fault> = {
    payments: { mode: 'ok' },
    carrier: { mode: 'ok' },
    mail: { mode: 'ok' },
    webhooks: { mode: 'ok' },
  };
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
  const modes: readonly Mode[] = target === undefined ? asked : modesOf[target];
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
