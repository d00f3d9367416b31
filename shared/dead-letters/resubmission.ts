// What is decided about a letter by a person, a batch or a repair. A number is taken before anything is sent, so that whoever dies
// on the way sends under the same one again.
import { AppError } from '../kernel/errors.ts';
import type { DeadLetter, DeadLetterChange, DeadLetterEntry, Hold } from './dead-letter.ts';

/** Who acts, and what they say of it. */
export interface Act {
  /** Of a request, a batch or a repair: the same however often that runs. */
  readonly action: string;
  readonly by: string;
  readonly note?: string;
  readonly at: string;
  /** Millrace does it by itself. */
  readonly isRepair?: boolean;
}

/** An action that has said nothing for so long is dead: a request lives for 230 s at most [Azure Functions scale and hosting]. */
const holdMs = 240_000;
const detailLimit = 1_000;
/** Whoever repeats an action does so soon. */
const actionsKept = 20;

/** Undefined once its resubmission came back: then nothing is under way, whatever was noted. */
const holdOf = ({ held, returned }: DeadLetter): Hold | undefined =>
  held !== undefined && held.resubmission > returned ? held : undefined;

/** Whether the action has ended, or came back meanwhile. */
export const isDone = (letter: DeadLetter, action: string): boolean =>
  letter.actions?.includes(action) === true && holdOf(letter)?.action !== action;

/**
 * A resubmission begins. Undefined where this very action was carried out before.
 * @throws AppError dead-letter-closed, dead-letter-busy
 */
export function decideBegin(letter: DeadLetter, act: Act, bodySha256: string): DeadLetterChange | undefined {
  if (isDone(letter, act.action)) return undefined;
  const before = checkFree(letter, act);
  const { at, by, action } = act;
  const resubmission = numberOf(letter, before, action, bodySha256);
  const until = new Date(Date.parse(at) + holdMs).toISOString();
  const held: Hold = { resubmission, action, by, until, bodySha256 };
  const isRepeat = before?.action === action;
  const actions = [...(letter.actions ?? []).filter((one) => one !== action), action].slice(-actionsKept);
  const begun = isRepeat && before.failure !== undefined ? { ...held, failure: before.failure } : held;
  const repairs = letter.repairs + (act.isRepair === true && before?.by !== by ? 1 : 0);
  return {
    letter: { ...letter, held: begun, actions, repairs, updatedAt: at },
    ...(isRepeat ? {} : { entry: entryOf(act, 'begun', `resubmission ${resubmission}`) }),
  };
}

/**
 * Whether the send before took place nobody may know: the same body then goes under the same number, and is folded, while another
 * body needs one of its own.
 */
function numberOf(letter: DeadLetter, before: Hold | undefined, action: string, bodySha256: string): number {
  if (before === undefined) return Math.max(letter.resubmissions, letter.returned) + 1;
  const isSame = before.action === action || before.bodySha256 === bodySha256;
  return isSame ? before.resubmission : before.resubmission + 1;
}

/** Sent. One that came back before this was noted is open again already. */
export function decideSent(letter: DeadLetter, act: Act): DeadLetterChange | undefined {
  const before = holdOf(letter);
  if (before?.action !== act.action) return undefined;
  const { held: _ended, retryAt: _past, ...rest } = letter;
  const state = act.isRepair === true ? 'repaired' : 'resubmitted';
  const sent = { ...rest, state, resubmissions: before.resubmission, updatedAt: act.at } as const;
  return { letter: sent, entry: entryOf(act, 'done', `resubmission ${before.resubmission}`) };
}

/** Not sent, or nobody knows: the number stays taken, and whoever comes next need not wait. The same failure again is noted once. */
export function decideFailed(letter: DeadLetter, act: Act, detail: string): DeadLetterChange | undefined {
  const before = holdOf(letter);
  if (before?.action !== act.action) return undefined;
  const failure = detail.slice(0, detailLimit);
  return {
    letter: { ...letter, held: { ...before, until: act.at, failure }, updatedAt: act.at },
    ...(before.failure === failure ? {} : { entry: entryOf(act, 'failed', failure) }),
  };
}

/**
 * Undefined for one that was discarded before.
 * @throws AppError dead-letter-closed, dead-letter-busy
 */
export function decideDiscard(letter: DeadLetter, act: Act): DeadLetterChange | undefined {
  if (letter.state === 'discarded') return undefined;
  checkFree(letter, act);
  const { held: _ended, retryAt: _never, ...rest } = letter;
  const { note: reason, ...told } = act;
  return {
    letter: { ...rest, state: 'discarded', updatedAt: act.at },
    entry: { ...entryOf(told, 'done', reason), action: 'discard' },
  };
}

/** What is under way though nobody else is at it. @throws AppError dead-letter-closed, dead-letter-busy */
function checkFree(letter: DeadLetter, { action, at }: Act): Hold | undefined {
  if (letter.state !== 'open') throw closed(letter);
  const before = holdOf(letter);
  if (before !== undefined && before.action !== action && before.until > at) {
    const retryAfterMs = Math.min(Date.parse(before.until) - Date.parse(at), 5_000);
    throw new AppError('dead-letter-busy', `${before.by} is resubmitting it: wait for the end of that`, {
      retryAfterMs,
    });
  }
  return before;
}

export const closed = ({ state, updatedAt }: DeadLetter): AppError =>
  new AppError('dead-letter-closed', `It was ${state} at ${updatedAt}: its history says by whom`);

const entryOf = ({ at, by, note, isRepair }: Omit<Act, 'action'>, outcome: DeadLetterEntry['outcome'], detail = '') =>
  ({
    at,
    by,
    action: isRepair === true ? 'repair' : 'resubmit',
    ...(note === undefined ? {} : { note }),
    outcome,
    ...(detail === '' ? {} : { detail }),
  }) as const satisfies DeadLetterEntry;
