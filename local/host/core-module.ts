// Provides `@azure/functions-core`, which is on no registry: the real language worker hands it to @azure/functions
// when that library first asks for it. Source: the library's `tryGetCoreApiLazy` and `registerHook`.
import { registerHooks } from 'node:module';
import type { Binding, FunctionCallback, Log, LogLevel, TypedData } from './function-app.ts';

const specifier = '@azure/functions-core';
const moduleUrl = 'millrace:functions-core';
const globalKey = Symbol.for('millrace.functions-core');

const hookNames = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof hookNames)[number];
type HookCallback = (context: object) => unknown;

export interface RegisteredFunction {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: Readonly<Record<string, unknown>>;
  readonly callback: FunctionCallback;
}

/** What the library asks a programming model for; the one of @azure/functions registers itself. */
export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getCapabilities(known: Record<string, string>): Promise<Record<string, string>>;
  getInvocationModel(context: object): InvocationModel;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(
    context: object,
    result: unknown,
  ): Promise<{ outputData?: { name: string; data: TypedData }[]; returnValue?: TypedData | null }>;
}

/** What an app has registered so far. */
export interface CoreRegistry {
  readonly functions: RegisteredFunction[];
  readonly hooks: Readonly<Record<HookName, Set<HookCallback>>>;
  /** Data that the hooks of calls share for as long as the app lives. */
  readonly appHookData: Record<string, unknown>;
  /** `hookData` of the hooks that belong to no call: appStart, appTerminate, log. */
  readonly appLevelHookData: Record<string, unknown>;
  model: ProgrammingModel | undefined;
  /** True once the app has started: nothing can be registered any more. */
  locked: boolean;
}

export function createRegistry(): CoreRegistry {
  const hooks = { appStart: new Set(), appTerminate: new Set(), preInvocation: new Set(), postInvocation: new Set() };
  return {
    functions: [],
    hooks: { ...hooks, log: new Set() } as CoreRegistry['hooks'],
    appHookData: {},
    appLevelHookData: {},
    model: undefined,
    locked: false,
  };
}

class Disposable {
  readonly #undo: () => void;
  constructor(undo: () => void) {
    this.#undo = undo;
  }
  dispose(): void {
    this.#undo();
  }
}

function systemError<E extends Error>(error: E): E {
  return Object.assign(error, { isAzureFunctionsSystemError: true });
}

function coreApi(registry: CoreRegistry, log: Log): object {
  return {
    version: '3.12.0',
    hostVersion: '4.1042.0',
    Disposable,
    setProgrammingModel: (model: ProgrammingModel) => {
      registry.model = model;
    },
    getProgrammingModel: () => registry.model,
    registerFunction: (metadata: Omit<RegisteredFunction, 'callback'>, callback: FunctionCallback) => {
      if (registry.locked)
        throw systemError(new Error(`Function '${metadata.name}' is registered too late: only while the app starts.`));
      const registered = { ...metadata, callback };
      registry.functions.push(registered);
      return new Disposable(() => void registry.functions.splice(registry.functions.indexOf(registered), 1));
    },
    registerHook: (name: string, callback: HookCallback) => {
      if (!hookNames.includes(name as HookName)) throw systemError(new RangeError(`Unrecognized hook "${name}"`));
      const callbacks = registry.hooks[name as HookName];
      callbacks.add(callback);
      return new Disposable(() => void callbacks.delete(callback));
    },
    log: (level: LogLevel, category: string, message: string) => {
      if (category === 'user' || !['trace', 'debug'].includes(level)) log(level, message);
    },
  };
}

/** From now on whatever asks for `@azure/functions-core`, by import or require, fills `registry`. Once a process. */
export function provideCoreModule(registry: CoreRegistry, log: Log): void {
  const api = coreApi(registry, log);
  Object.assign(globalThis, { [globalKey]: api });
  // One assignment a name, so that `import { registerFunction } from …` finds it too.
  const source = Object.keys(api)
    .map((name) => `exports.${name} = globalThis[Symbol.for('${String(globalKey.description)}')].${name};`)
    .join('\n');
  registerHooks({
    resolve: (request, context, next) =>
      request === specifier ? { url: moduleUrl, format: 'commonjs', shortCircuit: true } : next(request, context),
    load: (url, context, next) =>
      url === moduleUrl ? { format: 'commonjs', source, shortCircuit: true } : next(url, context),
  });
}
