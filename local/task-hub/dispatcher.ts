// Hands work to hosts: which instances have something to see, which activities are to be run, and under which lease
// each is being done.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Episode, beginEpisode } from './episode.ts';
import type { Instance, Moment, Step } from './instance.ts';
import type { Instances } from './instances.ts';
import { Leases } from './leases.ts';
import {
  type ActivityWork,
  type FetchRequest,
  type Heartbeat,
  type OrchestrationWork,
  type ReplayedEpisode,
  leaseMs,
} from '../durable-protocol/work.ts';
import { advanceRetries } from './retry.ts';
import { WorkQueue } from './work-queue.ts';

export interface ActivityReference {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
}

type LeasedItem =
  | { readonly kind: 'orchestration'; readonly instanceId: string; readonly episode: Episode; readonly past: number }
  | ({ readonly kind: 'activity' } & ActivityReference);

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly instances: Instances;
  readonly moment: () => Moment;
  readonly commit: (instance: Instance, step: Step) => Promise<void>;
  readonly log: (message: string) => void;
}

const preparedAgainMs = 10_000;
const mostReplayed = 10_000;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #orchestrations: WorkQueue<string>;
  readonly #activities: WorkQueue<ActivityReference>;
  readonly #leases = new Leases<LeasedItem>(leaseMs);
  /** Lease ids of the episodes under way, by instance: an instance has one at a time. */
  readonly #episodes = new Map<string, string>();
  /** Each instance's last episode, with the worker that has the history from there. */
  readonly #replayed = new Map<string, ReplayedEpisode & { readonly workerId: string }>();
  readonly #closing = new AbortController();
  #sweep: { cancel(): void } | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#orchestrations = new WorkQueue((instanceId) => instanceId, options.clock);
    this.#activities = new WorkQueue(
      ({ instanceId, executionId, taskId }) => `${instanceId}/${executionId}/${taskId}`,
      options.clock,
    );
  }

  close(): void {
    this.#closing.abort();
    this.#sweep?.cancel();
  }

  /** There is something for this instance to see. While an episode is under way, its end will look again. */
  offerOrchestration(instanceId: string): void {
    if (!this.#episodes.has(instanceId)) this.#orchestrations.offer(instanceId);
  }

  offerActivity(activity: ActivityReference): void {
    this.#activities.offer(activity);
  }

  /** Up to `max` items under a lease each; waits for the first. Empty: none came in time, or the asker has gone. */
  async fetch(request: FetchRequest, gone: AbortSignal): Promise<(OrchestrationWork | ActivityWork)[]> {
    const deadlineMs = this.#options.clock.now() + request.waitMs;
    const queue = request.kind === 'orchestration' ? this.#orchestrations : this.#activities;
    const stop = AbortSignal.any([gone, this.#closing.signal]);
    while (!stop.aborted) {
      const work = await this.#take(request);
      queue.passOn();
      if (work.length > 0 || this.#options.clock.now() >= deadlineMs) return work;
      await queue.wait(deadlineMs, stop);
    }
    return [];
  }

  /** The episode done under this lease, while the lease holds. */
  episodeOf(leaseId: string): Episode | undefined {
    const item = this.#leases.get(leaseId)?.item;
    return item?.kind === 'orchestration' ? item.episode : undefined;
  }

  /** The work is done. */
  release(leaseId: string): void {
    const lease = this.#leases.get(leaseId);
    if (lease?.item.kind === 'orchestration') {
      const { instanceId, episode, past } = lease.item;
      const { workerId } = lease;
      this.#episodes.delete(instanceId);
      this.#replayed.delete(instanceId);
      this.#replayed.set(instanceId, { workerId, leaseId, length: past + episode.fresh.length });
      for (const oldest of this.#replayed.keys()) {
        if (this.#replayed.size <= mostReplayed) break;
        this.#replayed.delete(oldest);
      }
    }
    this.#leases.release(leaseId);
  }

  /** The execution is over: the result of an episode under way will not be heard. */
  forgetExecution(instanceId: string): void {
    const leaseId = this.#episodes.get(instanceId);
    if (leaseId !== undefined) this.#leases.release(leaseId);
    this.#episodes.delete(instanceId);
    this.#replayed.delete(instanceId);
  }

  renew({ leaseIds }: Heartbeat): void {
    this.#leases.renew(leaseIds, this.#options.clock.now());
  }

  connectionBroke(workerId: string): void {
    this.#leases.shorten(workerId, this.#options.clock.now());
    this.#armSweep();
  }

  goodbye(workerId: string): void {
    this.#offerAgain(this.#leases.takeBack(workerId));
  }

  async #take({ kind, max, workerId }: FetchRequest): Promise<(OrchestrationWork | ActivityWork)[]> {
    const work: (OrchestrationWork | ActivityWork)[] = [];
    while (work.length < max) {
      const next =
        kind === 'orchestration' ? await this.#nextOrchestration(workerId) : await this.#nextActivity(workerId);
      if (next === 'empty') break;
      if (next) work.push(next);
    }
    return work;
  }

  async #nextOrchestration(workerId: string): Promise<OrchestrationWork | 'empty' | undefined> {
    const instanceId = this.#orchestrations.take();
    if (instanceId === undefined) return 'empty';
    const offerAgain = () => this.offerOrchestration(instanceId);
    return this.#prepare(instanceId, offerAgain, async (instance) => {
      if (!instance || this.#episodes.has(instanceId)) return undefined;
      const retries = advanceRetries(instance, this.#options.moment());
      if (retries) await this.#options.commit(instance, retries);
      const episode = beginEpisode(instance, this.#options.clock.now());
      if (!episode) return undefined;
      const past = instance.history.length;
      const leaseId = this.#lease(workerId, { kind: 'orchestration', instanceId, episode, past });
      this.#episodes.set(instanceId, leaseId);
      return orchestrationWork(leaseId, instance, episode, this.#replayedBy(workerId, instanceId));
    });
  }

  async #nextActivity(workerId: string): Promise<ActivityWork | 'empty' | undefined> {
    const activity = this.#activities.take();
    if (!activity) return 'empty';
    const { instanceId, executionId, taskId } = activity;
    const offerAgain = () => this.offerActivity(activity);
    return this.#prepare(instanceId, offerAgain, async (instance) => {
      const task = instance?.open.get(taskId);
      if (instance?.record.executionId !== executionId || task?.kind !== 'activity') return undefined;
      const leaseId = this.#lease(workerId, { kind: 'activity', ...activity });
      return { leaseId, ...activity, name: task.name, input: task.input };
    });
  }

  /** Work that cannot be prepared, because the store fails, holds up no other; it is offered again later. */
  async #prepare<T>(
    instanceId: string,
    offerAgain: () => void,
    use: (instance: Instance | undefined) => Promise<T>,
  ): Promise<T | undefined> {
    const { instances, clock, log } = this.#options;
    try {
      return await instances.withInstance(instanceId, use);
    } catch (error) {
      log(`Instance '${instanceId}' cannot go on: ${(error as Error).message}`);
      clock.setTimer(clock.now() + preparedAgainMs, offerAgain);
      return undefined;
    }
  }

  #replayedBy(workerId: string, instanceId: string): ReplayedEpisode | undefined {
    const replayed = this.#replayed.get(instanceId);
    return replayed?.workerId === workerId ? replayed : undefined;
  }

  #lease(workerId: string, item: LeasedItem): string {
    const leaseId = randomUUID();
    this.#leases.grant(leaseId, workerId, item, this.#options.clock.now());
    this.#armSweep();
    return leaseId;
  }

  #offerAgain(items: readonly LeasedItem[]): void {
    for (const item of items) {
      if (item.kind === 'activity') this.#activities.offer(item);
      else {
        this.#episodes.delete(item.instanceId);
        this.#orchestrations.offer(item.instanceId);
      }
    }
  }

  /** Wakes when the first lease may have run out. */
  #armSweep(): void {
    this.#sweep?.cancel();
    const atMs = this.#leases.nextExpiryMs();
    if (atMs === undefined || this.#closing.signal.aborted) return;
    this.#sweep = this.#options.clock.setTimer(atMs, () => {
      this.#offerAgain(this.#leases.takeExpired(this.#options.clock.now()));
      this.#armSweep();
    });
  }
}

function orchestrationWork(
  leaseId: string,
  { record, history }: Instance,
  episode: Episode,
  replayed: ReplayedEpisode | undefined,
): OrchestrationWork {
  const { instanceId, executionId, name, input, parent } = record;
  return {
    leaseId,
    instanceId,
    executionId,
    name,
    input,
    parentInstanceId: parent?.instanceId ?? null,
    past: history.slice(replayed?.length),
    ...(replayed && { follows: { leaseId: replayed.leaseId, length: replayed.length } }),
    fresh: episode.fresh,
  };
}
