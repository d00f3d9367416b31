// The task hub at work: takes decisions one at a time an instance, commits them, and sees to what follows from them:
// work for hosts, timers, messages between instances. What is in memory here can be rebuilt from the store.
import { randomUUID } from 'node:crypto';
import type { Change, Store } from '../store/store.ts';
import type { Clock } from '../clock.ts';
import { closeActivity, closeSubOrchestration, fireTimer } from './close-task.ts';
import { Dispatcher } from './dispatcher.ts';
import { endEpisode } from './episode.ts';
import type { HistoryEvent } from '../durable-protocol/history-event.ts';
import { type Instance, type Message, type Moment, type Step, isFinished, isRunnable } from './instance.ts';
import {
  type DueTimer,
  eachInboxOwner,
  eachOpenActivity,
  messageDelivered,
  messageSent,
  nextTimers,
  timerRemoved,
  undelivered,
} from './instance-rows.ts';
import { type Instances, createInstances } from './instances.ts';
import type { ActivityResult, EpisodeResult, HistoryRequest } from '../durable-protocol/work.ts';
import { type StartRequest, startInstance } from './start-instance.ts';
import { Timers } from './timers.ts';

export type Decision = (instance: Instance, moment: Moment) => Step | undefined;

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/** When a message between instances could not be delivered. */
const redeliveryMs = 1_000;

export class Engine {
  readonly instances: Instances;
  readonly dispatcher: Dispatcher;
  readonly #options: EngineOptions;
  readonly #timers: Timers;
  readonly #awaitingEnd = new Map<string, Set<() => void>>();
  #isClosed = false;

  constructor(options: EngineOptions) {
    const { store, clock, log } = options;
    this.#options = options;
    this.instances = createInstances(store);
    this.dispatcher = new Dispatcher({
      clock,
      instances: this.instances,
      moment: () => this.#moment(),
      commit: (instance, step) => this.#commit(instance, step),
      log,
    });
    this.#timers = new Timers({
      store,
      clock,
      onDue: (timer) => this.#fireTimer(timer),
      onError: (error) => this.#report('A durable timer could not be fired', error),
    });
  }

  /** Offers whatever the store says is not done yet. */
  async recover(): Promise<void> {
    const { store } = this.#options;
    for await (const instanceId of eachInboxOwner(store)) this.dispatcher.offerOrchestration(instanceId);
    for await (const activity of eachOpenActivity(store)) this.dispatcher.offerActivity(activity);
    for (const message of await undelivered(store)) this.#send(message);
    for (const { fireAtMs } of await nextTimers(store, 1)) this.#timers.arm(fireAtMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#timers.close();
    this.dispatcher.close();
    for (const waiting of this.#awaitingEnd.values()) for (const wake of waiting) wake();
  }

  /** False: an instance of this id is running. Resolves when the start is on disk. */
  start(request: StartRequest, extra: readonly Change[] = []): Promise<boolean> {
    return this.instances.withInstance(request.instanceId, async (existing) => {
      const step = startInstance(existing?.record, request, this.#moment());
      if (!step) return false;
      if (existing) await this.#commit(existing, step, extra);
      else this.#follow(await this.instances.create(step, extra), step);
      return true;
    });
  }

  /** What a client asks of an instance; `decide` answers undefined when it has finished. */
  change(instanceId: string, decide: Decision): Promise<'done' | 'finished' | 'missing'> {
    return this.instances.withInstance(instanceId, async (instance) => {
      if (!instance) return 'missing';
      const step = decide(instance, this.#moment());
      if (!step) return 'finished';
      await this.#commit(instance, step);
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
      await this.instances.commit(instance, step);
      this.dispatcher.release(result.leaseId);
      this.#follow(instance, step);
      return true;
    });
  }

  /** Undefined: the lease has run out. */
  pastOf({ leaseId, instanceId }: HistoryRequest): Promise<HistoryEvent[] | undefined> {
    return this.instances.withInstance(instanceId, async (instance) =>
      instance && this.dispatcher.episodeOf(leaseId) ? instance.history.slice() : undefined,
    );
  }

  /** The first result counts, under whatever lease; false: this one came too late. */
  endActivity(result: ActivityResult): Promise<boolean> {
    return this.instances.withInstance(result.instanceId, async (instance) => {
      const step = instance && closeActivity(instance, result, result.outcome, this.#moment());
      if (step) await this.#commit(instance, step);
      this.dispatcher.release(result.leaseId);
      return step !== undefined;
    });
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

  #moment(): Moment {
    return { nowMs: this.#options.clock.now(), freshExecutionId: randomUUID().replaceAll('-', '') };
  }

  async #commit(instance: Instance, step: Step, extra?: readonly Change[]): Promise<void> {
    await this.instances.commit(instance, step, extra);
    this.#follow(instance, step);
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
    for (const message of step.messages ?? []) this.#send(message);
    if (isRunnable(instance)) this.dispatcher.offerOrchestration(instanceId);
    if (hasEnded) for (const wake of this.#awaitingEnd.get(instanceId) ?? []) wake();
  }

  async #fireTimer({ instanceId, taskId, ...timer }: DueTimer): Promise<void> {
    await this.instances.withInstance(instanceId, async (instance) => {
      const step =
        instance && fireTimer(instance, { executionId: instance.record.executionId, taskId }, this.#moment());
      if (step) await this.#commit(instance, step);
      else await this.#options.store.commit([timerRemoved({ instanceId, taskId, ...timer })]);
    });
  }

  #send(message: Message): void {
    this.#deliver(message).catch((error: unknown) => {
      if (this.#isClosed) return;
      this.#report(`A message to instance '${message.to}' waits to be delivered`, error);
      this.#options.clock.setTimer(this.#options.clock.now() + redeliveryMs, () => this.#send(message));
    });
  }

  async #deliver(message: Message): Promise<void> {
    const done = messageDelivered(message);
    if (message.kind === 'child-finished') {
      await this.instances.withInstance(message.to, async (instance) => {
        const step = instance && closeSubOrchestration(instance, message.parent, message.outcome, this.#moment());
        if (step) await this.#commit(instance, step, [done]);
        else await this.#options.store.commit([done]);
      });
      return;
    }
    const { to, name, input, version, parent } = message;
    const request = { instanceId: to, name, input, parent, ...(version !== undefined && { version }) };
    if (!(await this.start(request, [done]))) await this.#refuse(message, done);
  }

  /** Tells the parent that the child's id belongs to an instance that is running. */
  async #refuse({ id, to, parent }: Message, done: Change): Promise<void> {
    const text = `An orchestration instance with the id '${to}' is running already.`;
    const outcome = { kind: 'failed' as const, message: text };
    const refusal: Message = { kind: 'child-finished', id: `${id}/refused`, to: parent.instanceId, parent, outcome };
    await this.#options.store.commit([done, messageSent(refusal)]);
    this.#send(refusal);
  }

  #report(what: string, error: unknown): void {
    this.#options.log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
