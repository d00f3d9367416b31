// The wrapper of every HTTP function: one place that turns errors into problem documents and reads bodies within bounds.
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { z } from 'zod';
import { AppError, toAppError } from '../../kernel/errors.ts';
import { decodeUtf8, parseJson } from '../../kernel/parse-json.ts';
import { retryAfterSeconds, toProblem } from '../../kernel/problem.ts';
import { parseWith } from '../../kernel/schema.ts';

const versionHeader = { 'api-version': '1.0' };

export type EndpointResponse = Omit<HttpResponseInit, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** Wraps a handler; what it throws is answered as application/problem+json [RFC 9457]. */
export function httpEndpoint(
  handle: (request: HttpRequest, context: InvocationContext) => Promise<EndpointResponse>,
): HttpHandler {
  return async (request, context) => {
    try {
      const response = await handle(request, context);
      return { ...response, headers: { ...versionHeader, ...response.headers } };
    } catch (thrown) {
      return problemResponse(toAppError(thrown), context);
    }
  };
}

function problemResponse(error: AppError, context: InvocationContext): HttpResponseInit {
  const problem = toProblem(error, context.invocationId);
  if (problem.status >= 500) context.error(`${error.code}: ${error.message}`, error.cause ?? error);
  return {
    status: problem.status,
    headers: {
      ...versionHeader,
      'content-type': 'application/problem+json',
      ...(error.kind === 'transient' || error.retryAfterMs !== undefined
        ? { 'retry-after': String(retryAfterSeconds(error)) }
        : {}),
    },
    body: JSON.stringify(problem),
  };
}

export interface JsonBody<T> {
  readonly value: T;
  /** The bytes as they came: what an Idempotency-Key stands for. */
  readonly bytes: Uint8Array;
}

const jsonLimitBytes = 256 * 1024;

/**
 * Reads a JSON body against its schema.
 * @param limitBytes of the body, default 256 KiB
 * @throws AppError unsupported-media-type, payload-too-large, invalid-json, invalid-request
 */
export async function readJson<T extends z.ZodType>(
  request: HttpRequest,
  schema: T,
  limitBytes = jsonLimitBytes,
): Promise<JsonBody<z.infer<T>>> {
  const bytes = await readJsonBytes(request, limitBytes);
  return { value: toValue(bytes, schema), bytes };
}

/** As `readJson`, of a body that may be left out: none at all is the empty object. */
export async function readOptionalJson<T extends z.ZodType>(
  request: HttpRequest,
  schema: T,
  limitBytes = jsonLimitBytes,
): Promise<JsonBody<z.infer<T>>> {
  const bytes = await readJsonBytes(request, limitBytes);
  return { value: toValue(bytes.byteLength === 0 ? Buffer.from('{}') : bytes, schema), bytes };
}

const toValue = <T extends z.ZodType>(bytes: Uint8Array, schema: T): z.infer<T> =>
  parseWith(schema, parseJson(decodeUtf8(bytes)), 'invalid-request', 'The body');

async function readJsonBytes(request: HttpRequest, limitBytes: number): Promise<Uint8Array> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw new AppError('unsupported-media-type', `The body came as ${type}: send it as application/json`);
  }
  return await readBounded(request, limitBytes);
}

/**
 * The whole body, of text. Stops reading at the limit: nobody fills our memory with a body that is refused anyway.
 * @throws AppError unsupported-media-type, payload-too-large
 */
export async function readBounded(request: HttpRequest, limitBytes: number): Promise<Uint8Array> {
  checkEncoding(request);
  const tooLarge = (): AppError => new AppError('payload-too-large', `The body may have ${limitBytes} bytes at most`);
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  // Read by hand: leaving a `for await` cancels the body, which cuts the connection before the answer is on it.
  const reader = request.body?.getReader();
  for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
    const bytes: Uint8Array = chunk.value;
    sizeBytes += bytes.byteLength;
    if (sizeBytes > limitBytes) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** JSON is UTF-8 [RFC 8259, 8.1]; what is packed would unpack to any size. */
function checkEncoding(request: HttpRequest): void {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new AppError('unsupported-media-type', `The body came as ${encoding}: send it without Content-Encoding`);
  }
  const type = request.headers.get('content-type') ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new AppError('unsupported-media-type', `The body came in ${charset}: send it in UTF-8`);
  }
}

/** The query's parameters against a schema. @throws AppError invalid-request */
export const readQuery = <T extends z.ZodType>(request: HttpRequest, schema: T): z.infer<T> =>
  parseWith(schema, Object.fromEntries(request.query), 'invalid-request', 'The query');
