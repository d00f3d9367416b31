// The provider's Idempotency-Key (https://docs.stripe.com/api/idempotent_requests): the first answer of an execution is kept, good or
// bad, in the same commit as its effect; the same key with other parameters is refused.
import { createHash } from 'node:crypto';
import type { Change, Store } from '../../store/store.ts';
import type { Answer, StandInRequest } from '../exchange.ts';
import { readRecord, writeRecord } from '../records.ts';
import { type Refusal, refusalAnswer } from './refusal.ts';

const keySpace = 'stand-ins.payment-keys';
const longestKey = 255;

interface KeyRecord {
  readonly fingerprint: string;
  readonly answer: Answer;
}

/** What a request came to. `executed` is false for parameters that failed validation: such an answer is not kept. */
interface Execution {
  readonly answer: Answer;
  readonly changes: readonly Change[];
  readonly executed: boolean;
}

/** Puts the effect and the kept answer on disk in one commit. */
export type Conclude = (execution: Execution) => Promise<Answer>;
export type ExecuteOnce = (
  request: StandInRequest,
  execute: (conclude: Conclude) => Promise<Answer>,
) => Promise<Answer>;

/** Differs from Azure (here: from Stripe): keys are kept for good, not pruned after 24 hours. */
export function createIdempotency(store: Store): ExecuteOnce {
  const keysInUse = new Set<string>();
  const conclude = async ({ answer, changes }: Execution, keep: readonly Change[] = []) => {
    if (changes.length + keep.length > 0) await store.commit([...changes, ...keep]);
    return answer;
  };
  return async (request, execute) => {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || key === '') return execute(conclude);
    if (key.length > longestKey)
      return refusalAnswer(keyRefusal(400, 'Idempotency keys may be at most 255 characters.'));
    if (keysInUse.has(key)) return refusalAnswer(keyInUse(key));
    keysInUse.add(key);
    try {
      const fingerprint = fingerprintOf(request);
      const known = await readRecord<KeyRecord>(store, keySpace, key);
      if (known) return known.fingerprint === fingerprint ? replayed(known.answer) : refusalAnswer(keyReused(key));
      return await execute((execution) => {
        const kept: KeyRecord = { fingerprint, answer: execution.answer };
        return conclude(execution, execution.executed ? [writeRecord(keySpace, key, kept)] : []);
      });
    } finally {
      keysInUse.delete(key);
    }
  };
}

function replayed(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } };
}

/** Equal for the same parameters in any order. */
function fingerprintOf(request: StandInRequest): string {
  const parameters = new URLSearchParams(request.body);
  parameters.sort();
  return createHash('sha256')
    .update(`${request.method} ${request.url.pathname}\n${parameters.toString()}`)
    .digest('base64');
}

function keyRefusal(status: number, message: string, code?: string): Refusal {
  return { status, type: 'idempotency_error', message, ...(code && { code }) };
}

function keyReused(key: string): Refusal {
  const message =
    'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
    `Try using a key other than '${key}' if you meant to execute a different request.`;
  return keyRefusal(400, message);
}

function keyInUse(key: string): Refusal {
  const message = `There is currently another in-progress request using this Idempotent Key (${key}). Please try again later.`;
  return keyRefusal(409, message, 'idempotency_key_in_use');
}
