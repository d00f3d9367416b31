// Problem details [RFC 9457]: what a caller may know of an error. A permanent or unknown error keeps its detail to the log.
import { type AppError, errorRegistry, type InputFault } from './errors.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  /** The invocation's id: what the operator searches the log for. */
  readonly instance: string;
  readonly errors?: readonly InputFault[];
}

export function toProblem(error: AppError, invocationId: string): Problem {
  const { status, title } = errorRegistry[error.code];
  return {
    type: `https://millrace.example/docs/errors#${error.code}`,
    title,
    status,
    code: error.code,
    ...(status === 500 ? {} : { detail: error.message }),
    instance: `urn:uuid:${invocationId}`,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
}

/** Seconds for the Retry-After header, at least one. */
export const retryAfterSeconds = (error: AppError): number =>
  Math.max(1, Math.ceil((error.retryAfterMs ?? 2000) / 1000));
