// The Idempotency-Key of a request that changes an order. Its claim is stored in the batch of the events it brings about, with the
// version it was answered with: a repeat is answered from the order as it stood then.
import { AppError } from '../kernel/errors.ts';
import { deterministicId } from '../kernel/ids.ts';
import type { IdempotencyClaim } from '../kernel/request-claims.ts';
import type { StoredClaim } from './order-store.ts';

export interface OrderClaim extends IdempotencyClaim {
  /** What is asked of the order: the same key may stand for one request of each operation. */
  readonly operation: string;
}

export const claimIdOf = ({ operation, caller, key }: OrderClaim): string =>
  deterministicId('order-claim', operation, caller, key);

/** @throws AppError idempotency-key-reused when the key came with another body before */
export function checkClaim(stored: StoredClaim, claim: IdempotencyClaim): void {
  if (stored.requestHash === claim.requestHash) return;
  throw new AppError(
    'idempotency-key-reused',
    'This Idempotency-Key came with another body before: use a new key for a new request',
  );
}
