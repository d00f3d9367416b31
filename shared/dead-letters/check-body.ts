// Whether the place a letter failed in would take a body: against the contracts of what is sent there.
import { contractsOf } from '../contracts/by-entity.ts';
import type { Contract } from '../contracts/contract.ts';
import { type ClaimStore, redeem } from '../kernel/claim-check.ts';
import { parseCloudEvent } from '../kernel/cloud-event.ts';
import { type InputFault, toAppError } from '../kernel/errors.ts';
import { decodeUtf8, parseJson } from '../kernel/parse-json.ts';
import { parseWith } from '../kernel/schema.ts';
import { sourceOf } from './source-entity.ts';

/** The broker's bound is 256 KiB with properties, that of a hub or a topic of events 1 MiB; what comes with a message needs some. */
const sizeLimits = { queue: 240 * 1024, hub: 1000 * 1024, 'event-grid': 1000 * 1024, orchestration: Infinity } as const;

/**
 * What speaks against the body; `pointer` points into it. Of a place without a contract only the size is known.
 * @throws AppError storage-unavailable
 */
export async function checkBody(
  claims: ClaimStore,
  sourceEntity: string,
  body: Uint8Array,
  which: 'present' | 'mended',
): Promise<readonly InputFault[]> {
  const source = sourceOf(sourceEntity);
  if (source === undefined)
    return [{ pointer: '', code: 'no-way-back', detail: `${sourceEntity} is no place that a message can be sent to` }];
  if (source.kind === 'orchestration') {
    const detail = 'an orchestration goes on with what it has: send no body';
    return which === 'mended' ? [{ pointer: '', code: 'dead-letter-refused', detail }] : [];
  }
  const contracts = contractsOf(sourceEntity);
  const limit = isCheckedIn(sourceEntity) ? Infinity : sizeLimits[source.kind];
  if (body.byteLength > limit) {
    const detail = `${body.byteLength} bytes; ${sourceEntity} takes ${limit}`;
    return [{ pointer: '', code: 'message-too-large', detail }];
  }
  try {
    if (contracts.length > 0) await read(claims, body, contracts);
    return [];
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.kind === 'transient') throw error;
    return error.errors ?? [{ pointer: '', code: error.code, detail: error.message }];
  }
}

/** Large data of a CloudEvent for a queue does not travel with it. */
export const isCheckedIn = (sourceEntity: string): boolean =>
  sourceOf(sourceEntity)?.kind === 'queue' && contractsOf(sourceEntity).length > 0;

async function read(claims: ClaimStore, body: Uint8Array, contracts: readonly Contract[]): Promise<void> {
  const bare = contracts.find((contract) => contract.bare === true);
  if (bare === undefined) parseCloudEvent(await redeem(body, claims), contracts);
  else parseWith(bare.schema, parseJson(decodeUtf8(body)), 'invalid-message', 'The body');
}
