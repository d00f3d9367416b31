// The instances in the store, one writer each: a decision sees the instance as it is, its step is committed, and only
// then do others see it.
import type { Change, Store } from '../store/store.ts';
import { type Instance, type InstanceRecord, type Step, applyStep, emptyInstance } from './instance.ts';
import { loadInstance, loadRecord, purgeChanges, stepChanges } from './instance-rows.ts';
import { Shelf } from './shelf.ts';

export interface Instances {
  /** As it was last committed. */
  record(instanceId: string): Promise<InstanceRecord | undefined>;
  /** Runs `use` while nobody else reads or changes the instance of this id; `undefined` where there is none. */
  withInstance<T>(instanceId: string, use: (instance: Instance | undefined) => Promise<T>): Promise<T>;
  /** Commits, then applies; only inside `withInstance`. `extra` goes into the same commit. */
  commit(instance: Instance, step: Step, extra?: readonly Change[]): Promise<void>;
  /**
   * Commits several steps at once, each decided on what the one before has made; only inside `withInstance`. `extra` is asked
   * for each, and what it answers goes into the same commit.
   */
  commitAll(
    instance: Instance,
    decisions: readonly ((instance: Instance) => Step | undefined)[],
    extra: (step: Step) => readonly Change[],
  ): Promise<readonly (Step | undefined)[]>;
  /** Commits the first step of an instance that was not there; only inside `withInstance`. */
  create(step: Step & { record: InstanceRecord }, extra?: readonly Change[]): Promise<Instance>;
  /** Forgets the instance and its rows; only inside `withInstance`. */
  purge(instance: Instance): Promise<void>;
}

/** How much stays in memory: a history event counts one, an instance one more. */
const mostEventsInMemory = 100_000;

export function createInstances(store: Store): Instances {
  const shelf = new Shelf<Instance>({
    load: (instanceId) => loadInstance(store, instanceId),
    weightOf: ({ history }) => 1 + history.length,
    mostWeight: mostEventsInMemory,
  });

  async function commit(instance: Instance, step: Step, extra: readonly Change[] = []): Promise<void> {
    const changes = [...stepChanges(instance, step), ...extra];
    if (changes.length > 0) await store.commit(changes);
    applyStep(instance, step);
    shelf.keep(instance.record.instanceId, instance);
  }

  return {
    record: async (instanceId) => shelf.peek(instanceId)?.record ?? loadRecord(store, instanceId),
    withInstance: (instanceId, use) => shelf.use(instanceId, use),
    commit,
    async commitAll(instance, decisions, extra) {
      const { instanceId } = instance.record;
      const changes: Change[] = [];
      const steps = decisions.map((decide) => {
        const step = decide(instance);
        if (!step) return undefined;
        changes.push(...stepChanges(instance, step), ...extra(step));
        applyStep(instance, step);
        return step;
      });
      try {
        if (changes.length > 0) await store.commit(changes);
        shelf.keep(instanceId, instance);
        return steps;
      } catch (error) {
        // Memory is ahead of the disk: the next user reads it anew.
        shelf.forget(instanceId);
        throw error;
      }
    },
    async create(step, extra) {
      const instance = emptyInstance(step.record);
      await commit(instance, step, extra);
      return instance;
    },
    async purge(instance) {
      await store.commit(purgeChanges(instance));
      shelf.forget(instance.record.instanceId);
    },
  };
}
