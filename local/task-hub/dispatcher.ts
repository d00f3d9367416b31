// Hands work to hosts: which instances have something to see, which activities are to be run, which entities have
// something to do, and under which lease each is being done.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { FetchRequest, Heartbeat, Work, WorkKind } from '../durable-protocol/work.ts';
import { leaseMs } from '../durable-protocol/work.ts';
import type { Entities } from './entities.ts';
import type { Episode } from './episode.ts';
import type { Instance, Moment, Step } from './instance.ts';
import type { Instances } from './instances.ts';
import { Leases } from './leases.ts';
import {
  type ActivityReference,
  type EntityBatch,
  type LeasedItem,
  type Offer,
  prepareActivity,
  prepareEntity,
  prepareEpisode,
} from './prepare-work.ts';
import { Replayed } from './replayed.ts';
import { WorkQueue } from './work-queue.ts';

export interface DispatcherOptions {
  readonly clock: Clock;
  /** Leases, and the waiting of hosts for work, go by it. */
  readonly leaseClock: Clock;
  readonly instances: Instances;
  readonly entities: Entities;
  readonly moment: () => Moment;
  readonly commit: (instance: Instance, step: Step) => Promise<void>;
  readonly log: (message: string) => void;
}

const preparedAgainMs = 10_000;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #queues: Readonly<Record<WorkKind, WorkQueue<Offer>>>;
  readonly #leases = new Leases<LeasedItem>(leaseMs);
  /** Lease ids of what is under way, by the id of the instance or entity: each has one at a time. */
  readonly #underWay = new Map<string, string>();
  readonly #replayed = new Replayed();
  /** A hub that is started again must not know the leases of the one before. */
  readonly #id = randomUUID();
  #leaseCount = 0;
  #isClosed = false;
  #sweep: { cancel(): void } | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const queue = () => new WorkQueue(keyOf, options.leaseClock);
    this.#queues = { orchestration: queue(), activity: queue(), entity: queue() };
  }

  close(): void {
    this.#isClosed = true;
    this.#sweep?.cancel();
    for (const queue of Object.values(this.#queues)) queue.wakeAll();
  }

  /** True when nothing is being done and nothing waits to be. */
  isIdle(): boolean {
    return this.#leases.isEmpty() && Object.values(this.#queues).every((queue) => queue.isEmpty());
  }

  /** There is something for this instance to see. While an episode is under way, its end will look again. */
  offerOrchestration(id: string): void {
    if (!this.#underWay.has(id)) this.#queues.orchestration.offer({ of: 'orchestration', id });
  }

  offerActivity({ instanceId: id, executionId, taskId }: ActivityReference): void {
    this.#queues.activity.offer({ of: 'activity', id, executionId, taskId });
  }

  /** There is an operation to be run. While a batch is under way, its end will look again. */
  offerEntity(id: string): void {
    if (!this.#underWay.has(id)) this.#queues.entity.offer({ of: 'entity', id });
  }

  /** Up to `max` items under a lease each; waits for the first. Empty: none came in time, or `stop` is aborted. */
  async fetch(request: FetchRequest, stop: AbortSignal): Promise<Work[]> {
    const { leaseClock } = this.#options;
    const deadlineMs = leaseClock.now() + request.waitMs;
    const queue = this.#queues[request.kind];
    while (!stop.aborted && !this.#isClosed) {
      const work = await this.#take(request);
      queue.passOn();
      if (work.length > 0 || leaseClock.now() >= deadlineMs) return work;
      await queue.wait(deadlineMs, stop);
    }
    return [];
  }

  /** The episode done under this lease, while the lease holds. */
  episodeOf(leaseId: string): Episode | undefined {
    const item = this.#leases.get(leaseId)?.item;
    return item?.of === 'orchestration' ? item.episode : undefined;
  }

  /** The operations done under this lease, while the lease holds. */
  batchOf(leaseId: string): EntityBatch | undefined {
    const item = this.#leases.get(leaseId)?.item;
    return item?.of === 'entity' ? item.batch : undefined;
  }

  /** The work is done. */
  release(leaseId: string): void {
    const lease = this.#leases.get(leaseId);
    if (!lease) return;
    const { item, workerId } = lease;
    if (item.of !== 'activity') this.#underWay.delete(item.id);
    if (item.of === 'orchestration')
      this.#replayed.note(item.id, workerId, { leaseId, length: item.past + item.episode.fresh.length });
    this.#leases.release(leaseId);
  }

  /** The execution is over: the result of an episode under way will not be heard. */
  forgetExecution(instanceId: string): void {
    const leaseId = this.#underWay.get(instanceId);
    if (leaseId !== undefined) this.#leases.release(leaseId);
    this.#underWay.delete(instanceId);
    this.#replayed.forget(instanceId);
  }

  renew({ leaseIds }: Pick<Heartbeat, 'leaseIds'>): void {
    this.#leases.renew(leaseIds, this.#options.leaseClock.now());
  }

  connectionBroke(workerId: string): void {
    this.#leases.shorten(workerId, this.#options.leaseClock.now());
    this.#armSweep();
  }

  goodbye(workerId: string): void {
    this.#offerAgain(this.#leases.takeBack(workerId));
  }

  async #take({ kind, max, workerId }: FetchRequest): Promise<Work[]> {
    const queue = this.#queues[kind];
    const work: Work[] = [];
    while (work.length < max) {
      const offer = queue.take();
      if (!offer) break;
      const prepared = await this.#prepare(offer, workerId);
      if (prepared) work.push(prepared);
    }
    return work;
  }

  /** Work that cannot be prepared, because the store fails, holds up no other; it is offered again later. */
  async #prepare(offer: Offer, workerId: string): Promise<Work | undefined> {
    const { clock, log } = this.#options;
    try {
      return await this.#leaseOut(offer, workerId);
    } catch (error) {
      log(`'${offer.id}' cannot go on: ${(error as Error).message}`);
      clock.setTimer(clock.now() + preparedAgainMs, () => this.#offerAgain([offer]));
      return undefined;
    }
  }

  async #leaseOut(offer: Offer, workerId: string): Promise<Work | undefined> {
    const { id, of } = offer;
    const { entities, instances } = this.#options;
    const lease = (item: LeasedItem) => this.#lease(workerId, item);
    if (of !== 'activity' && this.#underWay.has(id)) return undefined;
    if (of === 'entity') return entities.withEntity(id, async (entity) => prepareEntity(entity, lease));
    return instances.withInstance(id, async (instance) => {
      if (!instance) return undefined;
      if (of === 'activity') return prepareActivity(instance, offer, lease);
      return this.#underWay.has(id)
        ? undefined
        : prepareEpisode(instance, { ...this.#options, lease, replayed: this.#replayed.by(workerId, id) });
    });
  }

  #lease(workerId: string, item: LeasedItem): string {
    const leaseId = `${this.#id}/${++this.#leaseCount}`;
    this.#leases.grant(leaseId, workerId, item, this.#options.leaseClock.now());
    if (item.of !== 'activity') this.#underWay.set(item.id, leaseId);
    // All leases are of one length: this one runs out after those before it.
    if (!this.#sweep) this.#armSweep();
    return leaseId;
  }

  #offerAgain(offers: readonly (Offer | LeasedItem)[]): void {
    for (const offer of offers) {
      if (offer.of !== 'activity') this.#underWay.delete(offer.id);
      this.#queues[offer.of].offer(offer);
    }
  }

  /** Wakes when the first lease may have run out. */
  #armSweep(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    const atMs = this.#leases.nextExpiryMs();
    if (atMs === undefined || this.#isClosed) return;
    this.#sweep = this.#options.leaseClock.setTimer(atMs, () => {
      this.#offerAgain(this.#leases.takeExpired(this.#options.leaseClock.now()));
      this.#armSweep();
    });
  }
}

function keyOf(offer: Offer): string {
  return offer.of === 'activity' ? `${offer.id}/${offer.executionId}/${offer.taskId}` : offer.id;
}
