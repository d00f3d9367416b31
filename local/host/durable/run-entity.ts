// One batch of operations on an entity through durable-functions: the state it leaves, the answers, what it signals.
import type { EntityResult, EntityWork } from '../../durable-protocol/work.ts';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import { type EntityName, entityIdOf, entityNameOf } from './durable-actions.ts';
import { reason } from './run-orchestrator.ts';

/** What the library answers (entities/EntityState). */
interface EntityState {
  readonly entityExists: boolean;
  /** JSON text. */
  readonly entityState?: string | null;
  readonly results: readonly { readonly isError: boolean; readonly result?: string }[];
  readonly signals: readonly { readonly target: EntityName; readonly name: string; readonly input: string }[];
}

/** So that it passes between host and hub. */
const mostStateChars = 32 * 1024 * 1024;

export async function runEntity(work: EntityWork, fn: LoadedFunction, invoke: Invoke): Promise<EntityResult> {
  const { leaseId, entityId, exists, state, batch } = work;
  try {
    const live = { self: entityNameOf(entityId), exists, state, batch };
    const { raw } = await invoke({ fn, reason, data: { json: 'null' }, liveInput: live });
    const after = raw as EntityState;
    if ((after.entityState?.length ?? 0) > mostStateChars)
      throw new Error(`The state of ${entityId} has more than 32 million characters: put what is large into a blob.`);
    return {
      of: 'entity',
      leaseId,
      entityId,
      exists: after.entityExists,
      state: after.entityState ?? null,
      results: after.results.map(({ isError, result }) => ({ isError, result: result ?? null })),
      signals: after.signals.map(({ target, name, input }) => ({ entityId: entityIdOf(target), name, input })),
    };
  } catch (error) {
    return failedBatch(work, error instanceof Error ? error.message : String(error));
  }
}

/** Every operation of the batch fails, and the state is as it was. */
export function failedBatch({ leaseId, entityId, exists, state, batch }: EntityWork, message: string): EntityResult {
  const result = JSON.stringify(message);
  const results = batch.map(() => ({ isError: true, result }));
  return { of: 'entity', leaseId, entityId, exists, state, results, signals: [] };
}
