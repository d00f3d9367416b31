// Makes of an offer the work a host gets: nothing, when by now there is nothing to do.
import type { Clock } from '../clock.ts';
import type { ActivityWork, EntityWork, OrchestrationWork, ReplayedEpisode } from '../durable-protocol/work.ts';
import { advancePolicies } from './call-policy.ts';
import { type Entity, nextBatch } from './entity.ts';
import { type Episode, beginEpisode } from './episode.ts';
import { historyPage } from './history-page.ts';
import type { Instance, Moment, Step } from './instance.ts';

export interface ActivityReference {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
}

/** What may have something to do; the id is the instance's or the entity's. */
export type Offer = { readonly id: string } & (
  | { readonly of: 'orchestration' }
  | { readonly of: 'entity' }
  | { readonly of: 'activity'; readonly executionId: string; readonly taskId: number }
);

export type EntityBatch = ReturnType<typeof nextBatch>;

/** What is being done under a lease. */
export type LeasedItem = Offer &
  (
    | { readonly of: 'orchestration'; readonly episode: Episode; readonly past: number }
    | { readonly of: 'entity'; readonly batch: EntityBatch }
    | { readonly of: 'activity' }
  );

/** Answers the id of the lease. */
type Lease = (item: LeasedItem) => string;

export interface EpisodeTools {
  readonly clock: Clock;
  readonly moment: () => Moment;
  readonly commit: (instance: Instance, step: Step) => Promise<void>;
  readonly lease: Lease;
  /** What the worker has of the history already. */
  readonly replayed: ReplayedEpisode | undefined;
}

export async function prepareEpisode(
  instance: Instance,
  { clock, moment, commit, lease, replayed }: EpisodeTools,
): Promise<OrchestrationWork | undefined> {
  const byPolicy = advancePolicies(instance, moment());
  if (byPolicy) await commit(instance, byPolicy);
  const episode = beginEpisode(instance, clock.now());
  if (!episode) return undefined;
  const { record, history } = instance;
  const { instanceId, executionId, name, parent } = record;
  return {
    of: 'orchestration',
    leaseId: lease({ of: 'orchestration', id: instanceId, episode, past: history.length }),
    instanceId,
    executionId,
    name,
    parentInstanceId: parent?.instanceId ?? null,
    pastLength: history.length,
    past: historyPage(history, replayed?.length ?? 0),
    ...(replayed && { follows: { leaseId: replayed.leaseId, length: replayed.length } }),
    fresh: episode.fresh,
  };
}

export function prepareActivity(
  { record, open }: Instance,
  offer: Extract<Offer, { of: 'activity' }>,
  lease: Lease,
): ActivityWork | undefined {
  const { id: instanceId, executionId, taskId } = offer;
  const task = open.get(taskId);
  if (record.executionId !== executionId || task?.kind !== 'activity') return undefined;
  return { of: 'activity', leaseId: lease(offer), instanceId, executionId, taskId, name: task.name, input: task.input };
}

export function prepareEntity(entity: Entity, lease: Lease): EntityWork | undefined {
  const batch = nextBatch(entity);
  if (batch.length === 0) return undefined;
  const { entityId, exists, state } = entity.record;
  return {
    of: 'entity',
    leaseId: lease({ of: 'entity', id: entityId, batch }),
    entityId,
    exists,
    state,
    batch: batch.map(({ request }) => request.operation),
  };
}
