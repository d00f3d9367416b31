// What the storage SDKs throw, in the application's terms.
import { AppError } from '../kernel/errors.ts';

/** The HTTP status of an SDK's error, undefined where no answer came. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/**
 * Runs a storage call. No answer, a server error and throttling are `storage-unavailable`; a refusal (4xx) is rethrown as it is.
 * @throws AppError storage-unavailable
 */
export async function withStorage<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (!isUnavailable(error)) throw error;
    throw new AppError('storage-unavailable', 'The storage does not answer; try again shortly', { cause: error });
  }
}

/** Whether the SDK got no answer, or one that passes: a fault of our own making is none of the storage's. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || !['RestError', 'AbortError'].includes(error.name)) return false;
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 408 || status === 429;
}

/** The answer of a read, undefined where the thing is not there. */
export async function orUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await withStorage(call);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Whether the write took place; false where `status` (409 exists, 412 changed by another) answered instead. */
export async function unlessStatus(statuses: readonly number[], call: () => Promise<unknown>): Promise<boolean> {
  try {
    await withStorage(call);
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status !== undefined && statuses.includes(status)) return false;
    throw error;
  }
}
