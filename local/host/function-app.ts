// What a loaded Functions app is to the host, in the words of the worker protocol that @azure/functions speaks
// (TypedData and binding metadata: AzureFunctionsLanguageWorker.proto).

/** One value on its way to or from the library. Exactly one of the fields is there. */
export type TypedData =
  | { readonly string: string }
  | { readonly json: string }
  | { readonly bytes: Uint8Array }
  | { readonly int: number }
  | { readonly double: number }
  | { readonly http: HttpData }
  | { readonly collectionString: { readonly string: readonly string[] } }
  | { readonly collectionBytes: { readonly bytes: readonly Uint8Array[] } };

/** A request on the way in (url, method, nullable…), a reply on the way out (statusCode, headers, cookies, body). */
export interface HttpData {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, { readonly value: string }>>;
  readonly nullableParams?: Readonly<Record<string, { readonly value: string }>>;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly HttpCookie[];
  readonly body?: TypedData | null;
}

/** A cookie as the library hands it over; each optional value stands in a wrapper. */
export interface HttpCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: { readonly value: string };
  readonly path?: { readonly value: string };
  readonly expires?: { readonly value: { readonly seconds: number } };
  readonly secure?: { readonly value: boolean };
  readonly httpOnly?: { readonly value: boolean };
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  readonly maxAge?: { readonly value: number };
}

/** A trigger, input or output as the app registered it; what else its kind needs stands beside these. */
export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly direction: 'in' | 'out';
  readonly [option: string]: unknown;
}

export interface LoadedFunction {
  readonly name: string;
  /** By binding key; the return value's key is `$return` and differs from the binding's inner name. */
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly trigger: Binding & { readonly key: string };
  readonly retryOptions?: Readonly<Record<string, unknown>>;
  /** The handler; only `Invoke` calls it. */
  readonly callback: FunctionCallback;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface InvocationInput {
  readonly fn: LoadedFunction;
  /** What the log line gives as Reason, as func words it: "This function was programmatically called via the host APIs." */
  readonly reason: string;
  readonly data: TypedData;
  readonly triggerMetadata?: Readonly<Record<string, TypedData>>;
  /** By binding key; inputs the host itself provides (durableClient) need not be given. */
  readonly extraInputs?: Readonly<Record<string, TypedData>>;
  /** Handed to the handler as it is in place of what the library would make of `data`. */
  readonly liveInput?: unknown;
  /** The caller's W3C `traceparent`: the invocation joins its trace. */
  readonly traceParent?: string | undefined;
  /** There from the first retry on. */
  readonly retryContext?: RetryContext;
  /** Default: a new uuid. */
  readonly invocationId?: string;
  /** Sees the handler's value before the library makes a response of it, and may replace it. */
  readonly onResult?: (raw: unknown) => unknown;
}

export interface RetryContext {
  /** 1 for the first retry. */
  readonly retryCount: number;
  /** -1: without end. */
  readonly maxRetryCount: number;
  /** What the try before threw. */
  readonly failure: unknown;
}

export interface InvocationResult {
  /** The handler's untouched return value (after postInvocation hooks). */
  readonly raw: unknown;
  readonly returnValue: TypedData | undefined;
  /** Values of output bindings by binding key, already sent. */
  readonly outputs: ReadonlyMap<string, TypedData>;
}

/** Runs one invocation through @azure/functions and sends its outputs. @throws the handler's own error */
export type Invoke = (input: InvocationInput) => Promise<InvocationResult>;

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical';

/** Writes one line (or, with --json, one object) on standard output. */
export type Log = (level: LogLevel, message: string, about?: LogSubject) => void;

export interface LogSubject {
  readonly functionName?: string;
  readonly invocationId?: string;
  /** Which level of host.json's logLevel counts; default: that of the call, or of the host. */
  readonly category?: string;
}
