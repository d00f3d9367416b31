// Reads the fields of a $management request; what is missing or of another type is the client's error.
import { BrokerError } from '../../broker/errors.ts';
import type { Body } from './operation.ts';

export function textIn(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw invalid(name, 'a string');
  return value;
}

export function optionalTextIn(body: Body, name: string): string | undefined {
  return body[name] === undefined || body[name] === null ? undefined : textIn(body, name);
}

export function countIn(body: Body, name: string): number {
  const value = body[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw invalid(name, 'a count');
  return value;
}

/** In milliseconds since 1970. */
export function optionalTimeIn(body: Body, name: string): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  const atMs = value instanceof Date ? value.getTime() : value;
  if (typeof atMs !== 'number' || Number.isNaN(atMs)) throw invalid(name, 'a timestamp');
  return atMs;
}

export function listIn(body: Body, name: string): unknown[] {
  const value = body[name];
  if (!Array.isArray(value)) throw invalid(name, 'a list');
  return value;
}

/** Longs beyond 2^53 come as bytes; the broker never gave out such a number. */
export function sequenceNumbersIn(body: Body, name: string): number[] {
  return listIn(body, name).map((value) => (typeof value === 'number' ? value : Number.MAX_SAFE_INTEGER));
}

export function uuidsIn(body: Body, name: string): Buffer[] {
  return listIn(body, name).map((value) => {
    if (!Buffer.isBuffer(value) || value.length !== 16) throw invalid(name, 'a list of uuids');
    return value;
  });
}

export function invalid(name: string, wanted: string): BrokerError {
  return new BrokerError('invalid-argument', `The request's '${name}' must be ${wanted}.`);
}
