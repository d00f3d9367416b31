// Requests with an Idempotency-Key that change no order: whoever claims the key first runs the request, everybody else is told
// what that one answered.

export interface IdempotencyClaim {
  /** The same key of two callers is two claims. */
  readonly caller: string;
  readonly key: string;
  /** Of what the key stands for, as it came. */
  readonly requestHash: string;
}

/** What one kind of request is to its claims. */
export interface KeyedOperation {
  readonly name: string;
  /** `resource`: as long as what it makes, which carries the claim's id. `month`: for 30 days. */
  readonly keeps: 'resource' | 'month';
}

/** What is the same at every try. */
export interface Claimed {
  /** For the resource, should the request make one: time-ordered. */
  readonly id: string;
  /** When it was first asked, in ISO 8601. */
  readonly at: string;
}

/** A claim that is ours for a while; whoever dies with it leaves it to the next. */
export interface Hold {
  /** False when somebody else has it by now. @throws AppError storage-unavailable */
  renew(): Promise<boolean>;
  /** Stores the answer, as JSON. @throws AppError storage-unavailable */
  answer(json: string): Promise<void>;
  /** Leaves the request to whoever sends it again. @throws AppError storage-unavailable */
  release(): Promise<void>;
  /** Frees the key for another request, unless this one was begun before. @throws AppError storage-unavailable */
  forget(): Promise<void>;
}

export type TakenClaim = Claimed &
  (
    | { readonly state: 'ours'; readonly hold: Hold }
    | { readonly state: 'running' }
    | { readonly state: 'answered'; readonly json: string }
  );

export interface RequestClaims {
  /** @throws AppError idempotency-key-reused where the key came with another request, storage-unavailable */
  take(operation: KeyedOperation, claim: IdempotencyClaim): Promise<TakenClaim>;
  /** Removes what is no longer kept; answers how many there were. @throws AppError storage-unavailable */
  collect(): Promise<number>;
}
