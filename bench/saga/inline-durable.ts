// Takes the place of durable-functions when the app is bundled without an orchestrator: orchestrations run at once, in the process,
// and nothing of them is kept. As much of the library as the payment saga uses; the other orchestrations only register.
import { input as functionInput, type InvocationContext } from '@azure/functions';

interface InlineTask {
  isCompleted: boolean;
  isFaulted: boolean;
  result: unknown;
  /** Never rejects. */
  readonly settled: Promise<unknown>;
  readonly cancel?: () => void;
}

type Orchestrator = (context: { readonly df: ReturnType<typeof dfOf> }) => Generator<InlineTask, unknown, unknown>;
type Activity = (input: unknown, context: InvocationContext) => Promise<unknown>;

const orchestrators = new Map<string, Orchestrator>();
const activities = new Map<string, Activity>();
const started = new Set<string>();

export const app = {
  orchestration: (name: string, orchestrator: Orchestrator) => void orchestrators.set(name, orchestrator),
  activity: (name: string, { handler }: { readonly handler: Activity }) => void activities.set(name, handler),
};

export const input = { durableClient: () => functionInput.generic({ type: 'durableClient' }) };

export const RetryOptions = Object;

export const OrchestrationRuntimeStatus = {};

export const getClient = (context: InvocationContext) => ({
  getStatus: async (instanceId: string) => {
    if (!started.has(instanceId)) throw new Error(`404: there is no instance ${instanceId}`);
  },
  startNew: async (name: string, options: { readonly instanceId: string; readonly input: unknown }) => {
    started.add(options.instanceId);
    const orchestrator = orchestrators.get(name);
    if (orchestrator === undefined) throw new Error(`there is no orchestration ${name}`);
    void run(orchestrator({ df: dfOf(options, context) }));
  },
});

async function run(orchestration: Generator<InlineTask, unknown, unknown>): Promise<void> {
  for (let move = orchestration.next(); move.done !== true; ) {
    const task = move.value;
    await task.settled;
    move = task.isFaulted ? orchestration.throw(task.result) : orchestration.next(task.result);
  }
}

const dfOf = ({ instanceId, input: given }: { instanceId: string; input: unknown }, context: InvocationContext) => ({
  instanceId,
  getInput: () => given,
  get currentUtcDateTime() {
    return new Date();
  },
  callActivity: (name: string, activityInput: unknown) => taskOf(call(name, activityInput, context)),
  createTimer: (at: Date) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, at.getTime() - Date.now());
    return Object.assign(taskOf(promise), { cancel: () => clearTimeout(timer) });
  },
  waitForExternalEvent: () => taskOf(new Promise(() => {})),
  Task: { any: (tasks: readonly InlineTask[]) => taskOf(Promise.race(tasks.map(({ settled }) => settled))) },
});

async function call(name: string, activityInput: unknown, context: InvocationContext): Promise<unknown> {
  const activity = activities.get(name);
  if (activity === undefined) throw new Error(`there is no activity ${name}`);
  return await activity(activityInput, context);
}

function taskOf(work: Promise<unknown>): InlineTask {
  const end = (isFaulted: boolean, result: unknown): void =>
    void Object.assign(task, { isCompleted: true, isFaulted, result });
  const settled = work.then(
    (result) => end(false, result),
    (error: unknown) => end(true, error),
  );
  const task: InlineTask = { isCompleted: false, isFaulted: false, result: undefined, settled };
  return task;
}
