// The task hub at work: takes decisions one at a time an instance, commits them, and sees to what follows from them:
// work for hosts, timers, messages. What is in memory here can be rebuilt from the store.
import { randomUUID } from 'node:crypto';
import type { Change, Store } from '../store/store.ts';
import type { Clock } from '../clock.ts';
import { closeActivity, fireTimer } from './close-task.ts';
import { Dispatcher } from './dispatcher.ts';
import { type Entities, createEntities } from './entities.ts';
import { type EntityStep, endBatch, nextBatch, receive } from './entity.ts';
import { endEpisode } from './episode.ts';
import type { HistoryEvent } from '../durable-protocol/history-event.ts';
import { type Instance, type Message, type Moment, type Step, isFinished, isRunnable } from './instance.ts';
import { type DueTimer, eachOpenActivity, nextTimers, spaces, timerRemoved } from './instance-rows.ts';
import { type Instances, createInstances } from './instances.ts';
import type {
  ActivityResult,
  EntityOperation,
  EntityResult,
  EpisodeResult,
  HistoryRequest,
} from '../durable-protocol/work.ts';
import { deliver } from './deliver.ts';
import { gather } from './gather.ts';
import { historyPage } from './history-page.ts';
import { type Parcel, Post } from './post.ts';
import { eachOwner } from './rows.ts';
import { type StartRequest, startInstance } from './start-instance.ts';
import { Timers } from './timers.ts';

export type Decision = (instance: Instance, moment: Moment) => Step | undefined;

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Default: `clock`. */
  readonly leaseClock?: Clock;
  readonly log: (message: string) => void;
}

export class Engine {
  readonly instances: Instances;
  readonly entities: Entities;
  readonly dispatcher: Dispatcher;
  readonly #options: EngineOptions;
  readonly #timers: Timers;
  readonly #post: Post;
  readonly #awaitingEnd = new Map<string, Set<() => void>>();
  /** Results that come while their instance is being committed are committed together. */
  readonly #closeActivity = gather<ActivityResult, boolean>((instanceId, take) =>
    this.instances.withInstance(instanceId, (instance) => this.#closeActivities(instance, take())),
  );

  constructor(options: EngineOptions) {
    const { store, clock, leaseClock = clock, log } = options;
    this.#options = options;
    this.instances = createInstances(store);
    this.entities = createEntities(store);
    this.dispatcher = new Dispatcher({
      clock,
      leaseClock,
      instances: this.instances,
      entities: this.entities,
      moment: () => this.#moment(),
      commit: (instance, step) => this.commit(instance, step),
      log,
    });
    this.#timers = new Timers({
      store,
      clock,
      onDue: (timer) => this.#fireTimer(timer),
      onError: (error) => log(`A durable timer could not be fired: ${messageOf(error)}`),
    });
    this.#post = new Post({
      store,
      clock,
      deliver: (message, delivered) => deliver(this, message, this.#moment(), delivered),
      onError: ({ to }, error) => log(`A message to '${to}' waits to be delivered: ${messageOf(error)}`),
    });
  }

  /** Offers whatever the store says is not done yet. */
  async recover(): Promise<void> {
    const { store } = this.#options;
    for await (const instanceId of eachOwner(store, spaces.inbox)) this.dispatcher.offerOrchestration(instanceId);
    for await (const activity of eachOpenActivity(store)) this.dispatcher.offerActivity(activity);
    for await (const entityId of this.entities.eachWaiting()) this.dispatcher.offerEntity(entityId);
    for (const { fireAtMs } of await nextTimers(store, 1)) this.#timers.arm(fireAtMs);
    await this.#post.recover();
  }

  async close(): Promise<void> {
    this.#timers.close();
    this.dispatcher.close();
    for (const waiting of this.#awaitingEnd.values()) for (const wake of waiting) wake();
    await this.#post.close();
  }

  /** False: an instance of this id is running. Resolves when the start is on disk. */
  start(request: StartRequest, extra: readonly Change[] = []): Promise<boolean> {
    return this.instances.withInstance(request.instanceId, async (existing) => {
      const step = startInstance(existing?.record, request, this.#moment());
      if (!step) return false;
      if (existing) await this.commit(existing, step, extra);
      else this.#follow(await this.instances.create(step, extra), step);
      return true;
    });
  }

  /** What a client asks of an instance; `decide` answers undefined when it is not in the state for it. */
  change(instanceId: string, decide: Decision): Promise<'done' | 'refused' | 'missing'> {
    return this.instances.withInstance(instanceId, async (instance) => {
      if (!instance) return 'missing';
      const step = decide(instance, this.#moment());
      if (!step) return 'refused';
      await this.commit(instance, step);
      return 'done';
    });
  }

  /** False: there is none, or it has not finished. */
  purge(instanceId: string): Promise<boolean> {
    return this.instances.withInstance(instanceId, async (instance) => {
      if (!instance || !isFinished(instance.record)) return false;
      await this.instances.purge(instance);
      return true;
    });
  }

  /** False: the lease has run out, and another worker may have the episode. */
  endEpisode(result: EpisodeResult): Promise<boolean> {
    return this.instances.withInstance(result.instanceId, async (instance) => {
      const episode = this.dispatcher.episodeOf(result.leaseId);
      if (!instance || !episode || episode.executionId !== instance.record.executionId) return false;
      const step = endEpisode(instance, episode, result, this.#moment());
      await this.commit(instance, step, [], () => this.dispatcher.release(result.leaseId));
      return true;
    });
  }

  /** Undefined: the lease has run out. */
  pastOf({ leaseId, instanceId, from }: HistoryRequest): Promise<HistoryEvent[] | undefined> {
    return this.instances.withInstance(instanceId, async (instance) =>
      instance && this.dispatcher.episodeOf(leaseId) ? historyPage(instance.history, from) : undefined,
    );
  }

  /** The first result counts, under whatever lease; false: this one came too late. */
  endActivity(result: ActivityResult): Promise<boolean> {
    return this.#closeActivity(result.instanceId, result);
  }

  async #closeActivities(instance: Instance | undefined, results: readonly ActivityResult[]): Promise<boolean[]> {
    const parcels: Parcel[] = [];
    const pack = ({ messages = [] }: Step): readonly Change[] => {
      const parcel = this.#post.pack(messages);
      parcels.push(parcel);
      return parcel.changes;
    };
    const decisions = results.map(
      (result) => (each: Instance) => closeActivity(each, result, result.outcome, this.#moment()),
    );
    const steps = instance ? await this.instances.commitAll(instance, decisions, pack) : [];
    for (const { leaseId } of results) this.dispatcher.release(leaseId);
    for (const step of steps) if (instance && step) this.#follow(instance, step);
    for (const parcel of parcels) this.#post.send(parcel);
    return results.map((_, index) => steps[index] !== undefined);
  }

  /** False: the lease has run out, and another worker may have the batch. */
  endBatch(result: EntityResult): Promise<boolean> {
    return this.entities.withEntity(result.entityId, async (entity) => {
      const batch = this.dispatcher.batchOf(result.leaseId);
      if (!batch) return false;
      const step = endBatch(entity, batch, result, this.#moment());
      await this.#commitEntity(entity, step, [], () => this.dispatcher.release(result.leaseId));
      return true;
    });
  }

  /** From a client. Resolves when the signal is on disk. */
  async signal(entityId: string, operation: Omit<EntityOperation, 'id' | 'isSignal'>): Promise<void> {
    const request = { kind: 'operation' as const, operation: { ...operation, id: randomUUID(), isSignal: true } };
    await this.toEntity({ kind: 'entity-request', to: entityId, request }, []);
  }

  toEntity({ to, request }: Extract<Message, { kind: 'entity-request' }>, extra: readonly Change[]): Promise<void> {
    return this.entities.withEntity(to, async (entity) => this.#commitEntity(entity, receive(entity, request), extra));
  }

  /** Resolves when the instance has finished, or at the deadline. */
  async untilFinished(instanceId: string, deadlineMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#awaitingEnd.get(instanceId) ?? new Set();
    this.#awaitingEnd.set(instanceId, waiting.add(resolve));
    const timer = this.#options.clock.setTimer(deadlineMs, resolve);
    const record = await this.instances.record(instanceId);
    if (record && !isFinished(record)) await promise;
    timer.cancel();
    waiting.delete(resolve);
    if (waiting.size === 0) this.#awaitingEnd.delete(instanceId);
  }

  /** Only for who has the instance to himself. `extra` goes into the same commit, `then` runs before what follows from it. */
  async commit(instance: Instance, step: Step, extra: readonly Change[] = [], then?: () => void): Promise<void> {
    const parcel = this.#post.pack(step.messages ?? []);
    await this.instances.commit(instance, step, [...parcel.changes, ...extra]);
    then?.();
    this.#follow(instance, step);
    this.#post.send(parcel);
  }

  /** Drops a message that means nothing to its receiver any more, and sends what must be answered to it. */
  async answer(delivered: Change, messages: readonly Message[]): Promise<void> {
    const parcel = this.#post.pack(messages);
    await this.#options.store.commit([delivered, ...parcel.changes]);
    this.#post.send(parcel);
  }

  async #commitEntity(
    entity: Parameters<Entities['commit']>[0],
    step: EntityStep,
    extra: readonly Change[],
    then?: () => void,
  ): Promise<void> {
    const parcel = this.#post.pack(step.messages ?? []);
    await this.entities.commit(entity, step, [...parcel.changes, ...extra]);
    then?.();
    if (nextBatch(entity).length > 0) this.dispatcher.offerEntity(entity.record.entityId);
    this.#post.send(parcel);
  }

  #moment(): Moment {
    return {
      nowMs: this.#options.clock.now(),
      // Few decisions begin an execution.
      get freshExecutionId() {
        return randomUUID().replaceAll('-', '');
      },
    };
  }

  #follow(instance: Instance, step: Step): void {
    const { instanceId, executionId } = instance.record;
    const hasEnded = isFinished(instance.record);
    if (step.restart || hasEnded) this.dispatcher.forgetExecution(instanceId);
    for (const task of step.opened ?? []) {
      if (!instance.open.has(task.taskId)) continue;
      if (task.kind === 'activity') this.dispatcher.offerActivity({ instanceId, executionId, taskId: task.taskId });
      if (task.kind === 'timer') this.#timers.arm(task.fireAtMs);
    }
    if (isRunnable(instance)) this.dispatcher.offerOrchestration(instanceId);
    if (hasEnded) for (const wake of this.#awaitingEnd.get(instanceId) ?? []) wake();
  }

  async #fireTimer({ instanceId, taskId, ...timer }: DueTimer): Promise<void> {
    await this.instances.withInstance(instanceId, async (instance) => {
      const step =
        instance && fireTimer(instance, { executionId: instance.record.executionId, taskId }, this.#moment());
      if (step) await this.commit(instance, step);
      else await this.#options.store.commit([timerRemoved({ instanceId, taskId, ...timer })]);
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
