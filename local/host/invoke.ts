// One invocation through the library's programming model, in the worker's order: arguments, preInvocation hooks,
// handler, postInvocation hooks, response; then the output bindings are sent and the outcome is logged as func does.
import { randomUUID } from 'node:crypto';
import { expanderOf, type Expand } from './binding-expressions.ts';
import type { CoreRegistry, HookName, InvocationModel, ProgrammingModel } from './core-module.ts';
import type {
  FunctionCallback,
  InvocationInput,
  InvocationResult,
  Invoke,
  LoadedFunction,
  Log,
  LogLevel,
  RetryContext,
  TypedData,
} from './function-app.ts';
import { runningCall } from './running-call.ts';
import type { SendOutput } from './output-items.ts';
import type { ReadInput } from './read-input.ts';
import type { Environment } from './settings.ts';
import { childTraceParent } from './trace-parent.ts';

export interface InvokeOptions {
  readonly registry: CoreRegistry;
  readonly model: ProgrammingModel;
  readonly log: Log;
  /** For the expressions in bindings. */
  readonly environment: Environment;
  readonly readInput: ReadInput;
  /** Delivers the value of an output binding; its failure fails the invocation. */
  readonly sendOutput: SendOutput;
  /** host.json's functionTimeout; undefined: none. */
  readonly timeoutMs?: number | undefined;
  /** Told of a call that ran out of time and has failed: what it does goes on. */
  readonly onTimeout?: ((functionName: string) => void) | undefined;
}

export function createInvoke(options: InvokeOptions): Invoke {
  return async (input) => {
    const { fn, reason, invocationId = randomUUID() } = input;
    const about = { functionName: fn.name, invocationId };
    const startedAt = performance.now();
    const duration = () => `${Math.round(performance.now() - startedAt)}ms`;
    options.log('information', `Executing 'Functions.${fn.name}' (Reason='${reason}', Id=${invocationId})`, about);
    try {
      const result = await withTimeout(runInvocation(input, invocationId, options), input, invocationId, options);
      const text = `Executed 'Functions.${fn.name}' (Succeeded, Id=${invocationId}, Duration=${duration()})`;
      options.log('information', text, about);
      return result;
    } catch (error) {
      const text = `Executed 'Functions.${fn.name}' (Failed, Id=${invocationId}, Duration=${duration()})`;
      options.log('error', `${text}\n${failureText(error)}`, about);
      throw error;
    }
  };
}

async function runInvocation(
  input: InvocationInput,
  invocationId: string,
  options: InvokeOptions,
): Promise<InvocationResult> {
  const expand = expanderOf(input, options.environment);
  const coreContext = createCoreContext(input, await readInputs(input, expand, options), invocationId, options);
  const model = options.model.getInvocationModel(coreContext);
  const { context, inputs } = await model.getArguments();
  if ('liveInput' in input) inputs[0] = input.liveInput;
  coreContext.invocationContext = context;
  const handled = await callHandler(input.fn, { coreContext, model, context, inputs, registry: options.registry });
  const raw = input.onResult ? input.onResult(handled) : handled;
  const response = await model.getResponse(context, raw);
  const returnValue = response.returnValue ?? undefined;
  const outputs = new Map<string, TypedData>();
  for (const { name, data } of response.outputData ?? []) outputs.set(name, data);
  const returned = input.fn.bindings['$return'];
  if (returned && returned.type !== 'http' && returnValue) outputs.set('$return', returnValue);
  await sendOutputs(input.fn, outputs, expand, options);
  return { raw, returnValue, outputs };
}

interface CoreContext {
  readonly invocationId: string;
  readonly metadata: object;
  readonly request: object;
  readonly log: (level: LogLevel, category: string, message: string) => void;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  invocationContext: object | undefined;
}

interface NamedInput {
  readonly name: string;
  readonly data: TypedData;
}

/** The trigger's value first, then those of the input bindings. */
async function readInputs(
  { fn, data, extraInputs = {} }: InvocationInput,
  expand: Expand,
  options: InvokeOptions,
): Promise<readonly NamedInput[]> {
  const inputs: NamedInput[] = [{ name: fn.trigger.key, data }];
  for (const [name, binding] of Object.entries(fn.bindings)) {
    if (binding.direction !== 'in' || name === fn.trigger.key) continue;
    const value = extraInputs[name] ?? (await options.readInput(binding, expand));
    if (value) inputs.push({ name, data: value });
  }
  return inputs;
}

function createCoreContext(
  input: InvocationInput,
  inputs: readonly NamedInput[],
  invocationId: string,
  options: InvokeOptions,
): CoreContext {
  const { fn } = input;
  const about = { functionName: fn.name, invocationId };
  const userCategory = `Function.${fn.name}.User`;
  const context: CoreContext = {
    invocationId,
    metadata: { name: fn.name, bindings: fn.bindings },
    request: {
      invocationId,
      functionId: fn.name,
      inputData: inputs,
      triggerMetadata: input.triggerMetadata ?? {},
      traceContext: { traceParent: childTraceParent(input.traceParent), traceState: '', attributes: {} },
      ...(input.retryContext && { retryContext: toRpcRetryContext(input.retryContext) }),
    },
    log: (level, category, message) => {
      const line = {
        level,
        message,
        category,
        hookData: options.registry.appLevelHookData,
        invocationContext: context.invocationContext,
      };
      for (const callback of options.registry.hooks.log) callback(line);
      if (category === 'user') options.log(line.level, line.message, { ...about, category: userCategory });
      else if (!['trace', 'debug'].includes(level)) options.log(line.level, line.message, about);
    },
    state: undefined,
    invocationContext: undefined,
  };
  return context;
}

function toRpcRetryContext({ retryCount, maxRetryCount, failure }: RetryContext): object {
  const { message, stack = '' } = asError(failure);
  return { retryCount, maxRetryCount, exception: { message, stackTrace: stack } };
}

interface HandlerCall {
  readonly coreContext: CoreContext;
  readonly model: InvocationModel;
  readonly context: object;
  readonly inputs: unknown[];
  readonly registry: CoreRegistry;
}

async function callHandler(fn: LoadedFunction, call: HandlerCall): Promise<unknown> {
  const { coreContext, model, context, registry } = call;
  const shared = { hookData: {}, appHookData: registry.appHookData, invocationContext: context };
  const before: { inputs: unknown[]; functionCallback: FunctionCallback } & typeof shared = {
    ...shared,
    inputs: call.inputs,
    functionCallback: fn.callback,
  };
  coreContext.state = 'preInvocationHooks';
  await runHooks(registry, 'preInvocation', before);

  const after: typeof shared & { inputs: unknown[]; result: unknown; error: unknown } = {
    ...shared,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  coreContext.state = 'invocation';
  try {
    const about = { functionName: fn.name, invocationId: coreContext.invocationId };
    after.result = await runningCall.run(about, () =>
      model.invokeFunction(context, before.inputs, before.functionCallback),
    );
  } catch (error) {
    after.error = error ?? new Error(`Function '${fn.name}' threw nothing.`);
  }
  coreContext.state = 'postInvocationHooks';
  await runHooks(registry, 'postInvocation', after);
  if (after.error !== null && after.error !== undefined) throw asError(after.error);
  return after.result;
}

async function runHooks(registry: CoreRegistry, name: HookName, context: object): Promise<void> {
  for (const callback of registry.hooks[name]) await callback(context);
}

async function sendOutputs(
  fn: LoadedFunction,
  outputs: ReadonlyMap<string, TypedData>,
  expand: Expand,
  options: InvokeOptions,
): Promise<void> {
  for (const [key, value] of outputs) {
    const binding = fn.bindings[key];
    if (binding) await options.sendOutput(binding, value, expand);
  }
}

async function withTimeout<T>(
  running: Promise<T>,
  { fn }: InvocationInput,
  invocationId: string,
  { timeoutMs, onTimeout }: InvokeOptions,
): Promise<T> {
  if (timeoutMs === undefined) return running;
  const { promise, reject } = Promise.withResolvers<never>();
  const message = `Timeout value of ${timeoutMs} ms exceeded by function 'Functions.${fn.name}' (Id: '${invocationId}').`;
  const timer = setTimeout(() => {
    reject(new Error(message));
    onTimeout?.(fn.name);
  }, timeoutMs);
  try {
    return await Promise.race([running, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(typeof thrown === 'string' ? thrown : JSON.stringify(thrown));
}

/** durable-functions carries the orchestrator's whole state in the message of its error: not for a reader. */
function failureText(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replace(/\s*\$OutOfProcData\$:.*$/ms, '');
}
