// The host's side of Durable Functions: fetches work from the task hub under leases, runs it through the app, and
// reports. It keeps nothing: a host that dies leaves its work to another.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type FetchRequest,
  type Heartbeat,
  type ResultAnswer,
  type Work,
  type WorkKind,
  type WorkResult,
  heartbeatMs,
  workKinds,
} from '../../durable-protocol/work.ts';
import type { Invoke, LoadedFunction, Log } from '../function-app.ts';
import { readDurableSettings } from './durable-settings.ts';
import { deliverResult } from './deliver-result.ts';
import { type HubClient, createHubClient } from './hub-client.ts';
import { type DurableFunctions, type RunWork, createRunWork, durableFunctions } from './run-work.ts';
import { runWorkLoop } from './work-loop.ts';

export interface DurableOptions {
  /** The app's functions; those without a durable trigger are left alone. */
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
  /** http://127.0.0.1:7072 */
  readonly taskHubUrl: string;
  readonly taskHubName: string;
  readonly log: Log;
  /** host.json's extensions.durableTask. */
  readonly durableTask?: Readonly<Record<string, unknown>>;
}

export interface Durable {
  /** Takes no more work, waits a few seconds for what runs, and gives the rest back to the hub. */
  stop(): Promise<void>;
}

const longPollMs = 10_000;
const reconnectMs = 250;
const patienceAtStopMs = 5_000;

/** Resolves when the hub knows this host; says what it waits for until then. */
export async function startDurable(options: DurableOptions): Promise<Durable> {
  const functions = durableFunctions(options.functions);
  if (workKinds.every((kind) => functions[kind].size === 0)) return { stop: async () => {} };
  const worker = new DurableWorker(options, functions);
  await worker.start();
  return worker;
}

class DurableWorker implements Durable {
  readonly #options: DurableOptions;
  readonly #settings;
  readonly #hub: HubClient;
  readonly #workerId = randomUUID();
  readonly #functions: DurableFunctions;
  readonly #run: RunWork;
  /** Leases of the work under way, by what is being done: the same activity offered twice runs once. */
  readonly #underWay = new Map<string, { readonly leaseIds: string[]; readonly done: Promise<void> }>();
  readonly #fetching = new AbortController();
  readonly #reporting = new AbortController();
  #isConnected = true;

  constructor(options: DurableOptions, functions: DurableFunctions) {
    const { invoke, taskHubUrl, taskHubName, durableTask } = options;
    this.#options = options;
    this.#settings = readDurableSettings(durableTask);
    this.#hub = createHubClient(taskHubUrl, taskHubName, {
      // That has shortened the leases: the hub hears at once that this host is alive.
      onBreak: () => void this.#heartbeat(),
    });
    this.#functions = functions;
    this.#run = createRunWork({ functions, invoke, hub: this.#hub, settings: this.#settings });
  }

  async start(): Promise<void> {
    while (!(await this.#heartbeat())) await delay(reconnectMs, undefined, { ref: false });
    void this.#beat();
    for (const kind of workKinds) void this.#work(kind);
  }

  async stop(): Promise<void> {
    this.#fetching.abort();
    await Promise.race([this.#finish(), delay(patienceAtStopMs, undefined, { ref: false })]);
    this.#reporting.abort();
    await this.#hub.post('goodbye', { workerId: this.#workerId }).catch(() => undefined);
    this.#hub.close();
  }

  /** The hub hands out work until it has heard that this host rests. */
  async #finish(): Promise<void> {
    await this.#hub.post('rest', undefined).catch(() => undefined);
    await Promise.all([...this.#underWay.values()].map(({ done }) => done));
  }

  #work(kind: WorkKind): Promise<void> {
    const { signal } = this.#fetching;
    return runWorkLoop<Work>({
      places: this.#settings.places[kind],
      fetch: async (max) => {
        const request: FetchRequest = { workerId: this.#workerId, kind, max, waitMs: longPollMs };
        return (await this.#hub.post('fetch', request)) as readonly Work[];
      },
      run: (work) => this.#runOnce(work),
      onUnreachable: async () => void (await this.#heartbeat()),
      signal,
    });
  }

  async #runOnce(work: Work): Promise<void> {
    const key = keyOf(work);
    const already = this.#underWay.get(key);
    if (already) {
      already.leaseIds.push(work.leaseId);
      return already.done;
    }
    const done = this.#runAndReport(work).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { leaseIds: [work.leaseId], done });
    return done;
  }

  async #runAndReport(work: Work): Promise<void> {
    const result = await this.#run(work);
    const send = async (each: WorkResult) => (await this.#hub.post('result', each)) as ResultAnswer;
    if (result) await deliverResult(result, send, this.#reporting.signal);
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
    const error = await this.#hub.post('heartbeat', this.#heartbeatBody()).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    if (this.#isConnected && error)
      log('warning', `Waiting for task hub '${taskHubName}' at ${taskHubUrl}: ${error.message}`);
    if (!this.#isConnected && !error) log('information', `Task hub '${taskHubName}' answers.`);
    this.#isConnected = !error;
    return !error;
  }

  #heartbeatBody(): Heartbeat {
    const { defaultVersion, replacesRunning } = this.#settings;
    const namesOf = (kind: WorkKind) => [...this.#functions[kind].values()].map(({ name }) => name);
    return {
      workerId: this.#workerId,
      leaseIds: [...this.#underWay.values()].flatMap((work) => work.leaseIds),
      orchestrators: namesOf('orchestration'),
      entities: namesOf('entity'),
      replacesRunning,
      ...(defaultVersion !== undefined && { defaultVersion }),
    };
  }
}

function keyOf(work: Work): string {
  return work.of === 'activity' ? `${work.instanceId}/${work.executionId}/${work.taskId}` : work.leaseId;
}
