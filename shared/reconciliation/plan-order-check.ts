// Which orders are looked into, and how: those that ended a while ago against money and stock, those that should long have gone on.

export interface OrderAge {
  readonly status: string;
  readonly updatedAt: string;
}

export type OrderCheck = 'leave' | 'start-saga' | 'stuck' | 'completed' | 'cancelled';

/** What changed within it may still be under way. */
export const graceMs = 15 * 60_000;

/** The deadlines of all steps and undos together are shorter. */
export const longestSagaMs = 6 * 3_600_000;

export function planOrderCheck({ status, updatedAt }: OrderAge, nowMs: number): OrderCheck {
  const ageMs = nowMs - Date.parse(updatedAt);
  if (ageMs < graceMs) return 'leave';
  if (status === 'completed' || status === 'cancelled') return status;
  if (status !== 'accepted' && status !== 'processing') return 'leave';
  return ageMs < longestSagaMs ? 'start-saga' : 'stuck';
}
