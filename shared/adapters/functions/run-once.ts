// A request that comes with an Idempotency-Key runs once and is answered alike however often it is sent. Should the process die, or
// the run fail, whoever sends it again runs it again: `run` is idempotent.
import { setTimeout as pass } from 'node:timers/promises';
import type { HttpRequest } from '@azure/functions';
import { AppError, toAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { once } from '../../kernel/once.ts';
import { tables } from '../../kernel/topology.ts';
import type {
  Claimed,
  Hold,
  IdempotencyClaim,
  KeyedOperation,
  RequestClaims,
  TakenClaim,
} from '../../kernel/request-claims.ts';
import type { EndpointResponse } from './http-endpoint.ts';
import { readIdempotencyClaim } from './idempotency-key.ts';

/** A host that dies with a request keeps its repeat waiting for so long. */
const leaseMs = 10_000;

export const requestClaims = once(async (): Promise<RequestClaims> => {
  const [{ table }, { tableRequestClaims }] = await Promise.all([
    import('../tables/table.ts'),
    import('../tables/request-claims.ts'),
  ]);
  return tableRequestClaims(table(tables.claims), Date.now, leaseMs);
});

/** A concurrent repeat is held for so long, in the hope of the answer. */
const patienceMs = 3_000;
const lookEveryMs = 100;
/** A fraction of the lease. */
const renewEveryMs = 3_000;

/**
 * What `run` answers, or has answered to the same claim: JSON. Without a claim it simply runs.
 * @throws AppError answer-pending while another one runs it, idempotency-key-reused, storage-unavailable, and what `run` throws
 */
export async function runOnce<A>(
  operation: KeyedOperation,
  claim: IdempotencyClaim | undefined,
  run: (claimed: Claimed) => Promise<A>,
  claims: () => RequestClaims | Promise<RequestClaims> = requestClaims,
): Promise<Claimed & { readonly answer: A }> {
  if (claim === undefined) {
    const claimed = { id: newId(), at: new Date().toISOString() };
    return { ...claimed, answer: await run(claimed) };
  }
  const taken = await take(await claims(), operation, claim);
  const { id, at } = taken;
  if (taken.state === 'answered') return { id, at, answer: JSON.parse(taken.json) as A };
  return { id, at, answer: await hold(taken.hold, () => run({ id, at })) };
}

/**
 * The response to a POST whose answer no resource holds: status, headers and JSON body are stored as they are, at most 32,000
 * characters of JSON. The key stands for path and body.
 */
export async function answerOnce(
  operation: KeyedOperation,
  request: HttpRequest,
  bytes: Uint8Array,
  run: (claimed: Claimed) => Promise<EndpointResponse>,
): Promise<EndpointResponse> {
  const asked = Buffer.concat([Buffer.from(`${new URL(request.url).pathname}\n`), bytes]);
  return (await runOnce(operation, readIdempotencyClaim(request, asked), run)).answer;
}

type Settled = Exclude<TakenClaim, { readonly state: 'running' }>;

async function take(claims: RequestClaims, operation: KeyedOperation, claim: IdempotencyClaim): Promise<Settled> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookEveryMs) {
    const taken = await claims.take(operation, claim);
    if (taken.state !== 'running') return taken;
    await pass(lookEveryMs);
  }
  const detail = 'The first request with this Idempotency-Key is still at work: send the same again shortly';
  throw new AppError('answer-pending', detail, { retryAfterMs: patienceMs });
}

async function hold<A>(held: Hold, run: () => Promise<A>): Promise<A> {
  let renewed: Promise<unknown> = Promise.resolve();
  const renewal = setInterval(() => {
    renewed = held.renew().catch(() => false);
  }, renewEveryMs);
  const endRenewal = async (): Promise<void> => {
    clearInterval(renewal);
    await renewed;
  };
  try {
    const answer = await run();
    await endRenewal();
    await held.answer(JSON.stringify(answer));
    return answer;
  } catch (error) {
    await endRenewal();
    // What was refused as it stood may be mended under the same key. If this fails too, the claim runs out by itself.
    const leave = toAppError(error).kind === 'invalid-input' ? held.forget() : held.release();
    await leave.catch(() => undefined);
    throw error;
  }
}
