// The instances in the store, one writer each: a decision sees the instance as it is, its step is committed, and only
// then do others see it. What was used last stays in memory.
import type { Change, Store } from '../store/store.ts';
import { type Instance, type InstanceRecord, type Step, applyStep, emptyInstance } from './instance.ts';
import { loadInstance, loadRecord, purgeChanges, stepChanges } from './instance-rows.ts';

export interface Instances {
  /** As it was last committed. */
  record(instanceId: string): Promise<InstanceRecord | undefined>;
  /** Runs `use` while nobody else reads or changes the instance of this id; `undefined` where there is none. */
  withInstance<T>(instanceId: string, use: (instance: Instance | undefined) => Promise<T>): Promise<T>;
  /** Commits, then applies; only inside `withInstance`. `extra` goes into the same commit. */
  commit(instance: Instance, step: Step, extra?: readonly Change[]): Promise<void>;
  /** Commits the first step of an instance that was not there; only inside `withInstance`. */
  create(step: Step & { record: InstanceRecord }, extra?: readonly Change[]): Promise<Instance>;
  /** Forgets the instance and its rows; only inside `withInstance`. */
  purge(instance: Instance): Promise<void>;
}

/** How much stays in memory: a history event counts one, an instance one more. */
const mostCachedEvents = 100_000;

export function createInstances(store: Store): Instances {
  /** Least recently used first. */
  const cached = new Map<string, { readonly instance: Instance; readonly weight: number }>();
  const lastInLine = new Map<string, Promise<unknown>>();
  let cachedEvents = 0;

  function remember(instance: Instance): void {
    const { instanceId } = instance.record;
    forget(instanceId);
    const weight = 1 + instance.history.length;
    cached.set(instanceId, { instance, weight });
    cachedEvents += weight;
  }

  function forget(instanceId: string): void {
    cachedEvents -= cached.get(instanceId)?.weight ?? 0;
    cached.delete(instanceId);
  }

  /** An instance in use must stay: another copy of it would miss what its user is about to change. */
  function evict(): void {
    for (const instanceId of cached.keys()) {
      if (cachedEvents <= mostCachedEvents) return;
      if (!lastInLine.has(instanceId)) forget(instanceId);
    }
  }

  async function find(instanceId: string): Promise<Instance | undefined> {
    const found = cached.get(instanceId)?.instance ?? (await loadInstance(store, instanceId));
    if (found) remember(found);
    return found;
  }

  async function commit(instance: Instance, step: Step, extra: readonly Change[] = []): Promise<void> {
    const changes = [...stepChanges(instance, step), ...extra];
    if (changes.length > 0) await store.commit(changes);
    applyStep(instance, step);
    remember(instance);
  }

  return {
    record: async (instanceId) => cached.get(instanceId)?.instance.record ?? loadRecord(store, instanceId),
    async withInstance(instanceId, use) {
      const before = lastInLine.get(instanceId);
      const mine = (async () => {
        await before;
        return use(await find(instanceId));
      })();
      // Those behind wait for the end, whatever it is.
      const end = mine.then(
        () => undefined,
        () => undefined,
      );
      lastInLine.set(instanceId, end);
      try {
        return await mine;
      } finally {
        if (lastInLine.get(instanceId) === end) lastInLine.delete(instanceId);
        evict();
      }
    },
    commit,
    async create(step, extra) {
      const instance = emptyInstance(step.record);
      await commit(instance, step, extra);
      return instance;
    },
    async purge(instance) {
      await store.commit(purgeChanges(instance));
      forget(instance.record.instanceId);
    },
  };
}
