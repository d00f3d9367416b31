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
  heartbeatMs,
  workKinds,
} from '../../durable-protocol/work.ts';
import type { Invoke, LoadedFunction, Log } from '../function-app.ts';
import { readDurableSettings } from './durable-settings.ts';
import { type HubClient, createHubClient } from './hub-client.ts';
import { ResultOutbox } from './result-outbox.ts';
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
  const worker = new DurableWorker(options);
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
  readonly #results: ResultOutbox;
  readonly #loops: Promise<void>[] = [];
  #isConnected = true;

  constructor(options: DurableOptions) {
    const { functions, invoke, taskHubUrl, taskHubName, durableTask } = options;
    this.#options = options;
    this.#settings = readDurableSettings(durableTask);
    this.#hub = createHubClient(taskHubUrl, taskHubName);
    this.#functions = durableFunctions(functions);
    this.#run = createRunWork({ functions: this.#functions, invoke, hub: this.#hub, settings: this.#settings });
    this.#results = new ResultOutbox(
      async (request) => (await this.#hub.post('results', request)) as readonly ResultAnswer[],
      this.#reporting.signal,
    );
  }

  async start(): Promise<void> {
    if (workKinds.every((kind) => this.#functions[kind].size === 0)) return;
    while (!(await this.#heartbeat())) await delay(reconnectMs, undefined, { ref: false });
    this.#loops.push(this.#beat(), ...workKinds.map((kind) => this.#work(kind)));
  }

  async stop(): Promise<void> {
    this.#fetching.abort();
    const finished = Promise.all([...this.#underWay.values()].map(({ done }) => done));
    await Promise.race([finished, delay(patienceAtStopMs, undefined, { ref: false })]);
    this.#reporting.abort();
    await Promise.all(this.#loops);
    if (this.#loops.length > 0) await this.#hub.post('goodbye', { workerId: this.#workerId }).catch(() => undefined);
    this.#hub.close();
  }

  #work(kind: WorkKind): Promise<void> {
    const { signal } = this.#fetching;
    return runWorkLoop<Work>({
      places: this.#settings.places[kind],
      fetch: async (max) => {
        const request: FetchRequest = { workerId: this.#workerId, kind, max, waitMs: longPollMs };
        return (await this.#hub.post('fetch', request, signal)) as readonly Work[];
      },
      run: (work) => this.#runOnce(work),
      // A connection that broke shortens the leases: the hub hears at once that this host is alive.
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
    if (result) await this.#results.deliver(result);
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
