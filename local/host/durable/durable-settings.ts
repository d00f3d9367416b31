// host.json's extensions.durableTask, as far as it has an effect here.
import { type WorkKind, workKinds } from '../../durable-protocol/work.ts';

export interface DurableSettings {
  /** How many of a kind run at once: maxConcurrentOrchestratorFunctions, …Activity…, …Entity…, default 32. */
  readonly places: Readonly<Record<WorkKind, number>>;
  /** The version of instances started without one. */
  readonly defaultVersion?: string;
  /** overridableExistingInstanceStates: AnyState; default NonRunningStates. */
  readonly replacesRunning: boolean;
  /** httpSettings.defaultAsyncRequestSleepTimeMilliseconds, default 30 s. */
  readonly pollDelayMs: number;
}

const defaultPlaces = 32;
const placesSettings: Readonly<Record<WorkKind, string>> = {
  orchestration: 'maxConcurrentOrchestratorFunctions',
  activity: 'maxConcurrentActivityFunctions',
  entity: 'maxConcurrentEntityFunctions',
};

/** @throws Error naming the setting that is wrong */
export function readDurableSettings(section: Readonly<Record<string, unknown>> = {}): DurableSettings {
  const { defaultVersion, overridableExistingInstanceStates: states = 'NonRunningStates', httpSettings } = section;
  if (states !== 'NonRunningStates' && states !== 'AnyState')
    throw wrong('overridableExistingInstanceStates', 'must be NonRunningStates or AnyState');
  const http = (httpSettings ?? {}) as Record<string, unknown>;
  return {
    places: Object.fromEntries(workKinds.map((kind) => [kind, placesOf(section, placesSettings[kind])])) as Record<
      WorkKind,
      number
    >,
    ...(typeof defaultVersion === 'string' && { defaultVersion }),
    replacesRunning: states === 'AnyState',
    pollDelayMs: Number(http['defaultAsyncRequestSleepTimeMilliseconds'] ?? 30_000),
  };
}

function placesOf(section: Readonly<Record<string, unknown>>, name: string): number {
  const places = Number(section[name] ?? defaultPlaces);
  if (!Number.isInteger(places) || places < 1) throw wrong(name, 'must be a whole number from 1');
  return places;
}

function wrong(name: string, problem: string): Error {
  return new Error(`host.json: extensions.durableTask.${name} ${problem}.`);
}
