// The host's side of Durable Functions: fetches episodes and activities from the task hub under leases, runs them
// through the app, and reports. It keeps nothing: a host that dies leaves its work to another.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryEvent } from '../../durable-protocol/history-event.ts';
import {
  type ActivityOutcome,
  type ActivityWork,
  type EpisodePlan,
  type FetchRequest,
  type Heartbeat,
  type HistoryRequest,
  type OrchestrationWork,
  type ResultAnswer,
  heartbeatMs,
  workerPaths,
} from '../../durable-protocol/work.ts';
import type { Invoke, LoadedFunction, Log } from '../function-app.ts';
import { type HubClient, createHubClient } from './hub-client.ts';
import { type Past, PastCache, played } from './past.ts';
import { failedPlan } from './plan-episode.ts';
import { ResultOutbox } from './result-outbox.ts';
import { activityFailure, runActivity } from './run-activity.ts';
import { runOrchestrator } from './run-orchestrator.ts';
import { runWorkLoop } from './work-loop.ts';

export interface DurableOptions {
  /** The app's functions; those without a durable trigger are left alone. */
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
  /** http://127.0.0.1:7072 */
  readonly taskHubUrl: string;
  readonly taskHubName: string;
  readonly log: Log;
  /** host.json's extensions.durableTask; read: maxConcurrentOrchestratorFunctions and …ActivityFunctions, default 32. */
  readonly durableTask?: Readonly<Record<string, unknown>>;
}

export interface Durable {
  /** Takes no more work, waits a few seconds for what runs, and gives the rest back to the hub. */
  stop(): Promise<void>;
}

const longPollMs = 10_000;
const reconnectMs = 250;
const patienceAtStopMs = 5_000;
const defaultPlaces = 32;

/** Resolves when the hub knows this host; says what it waits for until then. */
export async function startDurable(options: DurableOptions): Promise<Durable> {
  const worker = new DurableWorker(options);
  await worker.start();
  return worker;
}

class DurableWorker implements Durable {
  readonly #options: DurableOptions;
  readonly #hub: HubClient;
  readonly #workerId = randomUUID();
  readonly #orchestrators: ReadonlyMap<string, LoadedFunction>;
  readonly #activities: ReadonlyMap<string, LoadedFunction>;
  /** Leases of the work under way, by what is being done: the same activity offered twice runs once. */
  readonly #underWay = new Map<string, { readonly leaseIds: string[]; readonly done: Promise<void> }>();
  readonly #fetching = new AbortController();
  readonly #reporting = new AbortController();
  readonly #results: ResultOutbox;
  readonly #pasts = new PastCache();
  readonly #loops: Promise<void>[] = [];
  #isConnected = true;

  constructor(options: DurableOptions) {
    this.#options = options;
    this.#hub = createHubClient(options.taskHubUrl);
    this.#results = new ResultOutbox(
      async (request) => (await this.#hub.post(workerPaths.results, request)) as readonly ResultAnswer[],
      this.#reporting.signal,
    );
    this.#orchestrators = withTrigger(options.functions, 'orchestrationTrigger');
    this.#activities = withTrigger(options.functions, 'activityTrigger');
  }

  async start(): Promise<void> {
    if (this.#orchestrators.size + this.#activities.size === 0) return;
    while (!(await this.#heartbeat())) await delay(reconnectMs, undefined, { ref: false });
    // A connection that broke shortens the leases: the hub hears at once that this host is alive.
    const onUnreachable = async () => void (await this.#heartbeat());
    this.#loops.push(
      this.#beat(),
      runWorkLoop<OrchestrationWork>({
        places: placesOf(this.#options.durableTask, 'maxConcurrentOrchestratorFunctions'),
        fetch: (max) => this.#fetch<OrchestrationWork>('orchestration', max),
        run: (work) => this.#runOnce(work.leaseId, work.leaseId, () => this.#runEpisode(work)),
        onUnreachable,
        signal: this.#fetching.signal,
      }),
      runWorkLoop<ActivityWork>({
        places: placesOf(this.#options.durableTask, 'maxConcurrentActivityFunctions'),
        fetch: (max) => this.#fetch<ActivityWork>('activity', max),
        run: (work) => this.#runOnce(activityKey(work), work.leaseId, () => this.#runActivity(work)),
        onUnreachable,
        signal: this.#fetching.signal,
      }),
    );
  }

  async stop(): Promise<void> {
    this.#fetching.abort();
    const finished = Promise.all([...this.#underWay.values()].map(({ done }) => done));
    await Promise.race([finished, delay(patienceAtStopMs, undefined, { ref: false })]);
    this.#reporting.abort();
    await Promise.all(this.#loops);
    if (this.#loops.length > 0)
      await this.#hub.post(workerPaths.goodbye, { workerId: this.#workerId }).catch(() => undefined);
    this.#hub.close();
  }

  async #fetch<Work>(kind: FetchRequest['kind'], max: number): Promise<readonly Work[]> {
    const request: FetchRequest = { workerId: this.#workerId, kind, max, waitMs: longPollMs };
    return (await this.#hub.post(workerPaths.fetch, request, this.#fetching.signal)) as readonly Work[];
  }

  async #runOnce(key: string, leaseId: string, run: () => Promise<void>): Promise<void> {
    const already = this.#underWay.get(key);
    if (already) {
      already.leaseIds.push(leaseId);
      return already.done;
    }
    const done = run().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { leaseIds: [leaseId], done });
    return done;
  }

  async #runEpisode(work: OrchestrationWork): Promise<void> {
    const { leaseId, instanceId } = work;
    const plan = await this.#planOf(work);
    if (plan) await this.#results.deliver({ of: 'orchestration', leaseId, instanceId, ...plan });
  }

  /** Undefined: the lease has run out. */
  async #planOf(work: OrchestrationWork): Promise<EpisodePlan | undefined> {
    const fn = this.#orchestrators.get(work.name.toLowerCase());
    if (!fn)
      return failedPlan(`the function '${work.name}' doesn't exist, is disabled, or is not an orchestrator function.`);
    const past = this.#pasts.pastOf(work) ?? (await this.#askForPast(work));
    if (!past) return undefined;
    const plan = await runOrchestrator(work, past, fn, this.#options.invoke);
    if (!plan.outcome) this.#pasts.remember(work, past);
    return plan;
  }

  async #askForPast({ leaseId, instanceId }: HistoryRequest): Promise<Past | undefined> {
    const request: HistoryRequest = { leaseId, instanceId };
    const events = await this.#hub.post(workerPaths.history, request).catch(() => undefined);
    return events === undefined ? undefined : played(events as HistoryEvent[]);
  }

  async #runActivity(work: ActivityWork): Promise<void> {
    const fn = this.#activities.get(work.name.toLowerCase());
    const outcome: ActivityOutcome = fn
      ? await runActivity(work, fn, this.#options.invoke)
      : activityFailure(work.name, `the function doesn't exist, is disabled, or is not an activity function.`);
    const { leaseId, instanceId, executionId, taskId } = work;
    await this.#results.deliver({ of: 'activity', leaseId, instanceId, executionId, taskId, outcome });
  }

  async #beat(): Promise<void> {
    const { signal } = this.#fetching;
    while (!signal.aborted) {
      await delay(heartbeatMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#heartbeat();
    }
  }

  /** False: the hub does not answer. */
  async #heartbeat(): Promise<boolean> {
    const { taskHubName, taskHubUrl, log } = this.#options;
    const leaseIds = [...this.#underWay.values()].flatMap((work) => work.leaseIds);
    const orchestrators = [...this.#orchestrators.values()].map(({ name }) => name);
    const heartbeat: Heartbeat = { workerId: this.#workerId, taskHubName, orchestrators, leaseIds };
    const error = await this.#hub.post(workerPaths.heartbeat, heartbeat).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    if (this.#isConnected && error)
      log('warning', `Waiting for task hub '${taskHubName}' at ${taskHubUrl}: ${error.message}`);
    if (!this.#isConnected && !error) log('information', `Task hub '${taskHubName}' answers.`);
    this.#isConnected = !error;
    return !error;
  }
}

function withTrigger(functions: readonly LoadedFunction[], type: string): ReadonlyMap<string, LoadedFunction> {
  const chosen = functions.filter(({ trigger }) => trigger.type.toLowerCase() === type.toLowerCase());
  return new Map(chosen.map((fn) => [fn.name.toLowerCase(), fn]));
}

function placesOf(durableTask: DurableOptions['durableTask'], name: string): number {
  const places = Number(durableTask?.[name] ?? defaultPlaces);
  if (!Number.isInteger(places) || places < 1)
    throw new Error(`host.json: extensions.durableTask.${name} must be a whole number from 1.`);
  return places;
}

function activityKey({ instanceId, executionId, taskId }: ActivityWork): string {
  return `${instanceId}/${executionId}/${taskId}`;
}
