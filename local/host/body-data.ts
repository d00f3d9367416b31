// AMQP bodies in the worker protocol's shape: text or bytes, one or many, as the trigger's binding asks.
import type { Binding, TypedData } from './function-app.ts';

export function bodyData(messages: readonly { readonly body: unknown }[], trigger: Binding): TypedData {
  const binary = trigger['dataType'] === 'binary' || trigger['dataType'] === 'stream';
  const bodies = messages.map(({ body }) => bodyBytes(body));
  if (trigger['cardinality'] === 'many')
    return binary
      ? { collectionBytes: { bytes: bodies } }
      : { collectionString: { string: bodies.map((body) => body.toString()) } };
  const body = bodies[0] ?? Buffer.alloc(0);
  return binary ? { bytes: body } : { string: body.toString() };
}

/** The SDKs give Data sections as a buffer (or several), Value and Sequence sections as what they hold. */
function bodyBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body);
  if (Array.isArray(body) && body.every((part) => Buffer.isBuffer(part))) return Buffer.concat(body);
  if (body === undefined || body === null) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
