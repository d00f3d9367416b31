// What can go wrong in the store, as data (errors lose their class between threads) and as the errors callers see.

/** `stopped`: the store takes nothing more until its process starts again. */
export type StoreFailure =
  | { readonly kind: 'corrupt'; readonly message: string; readonly space: string; readonly key: string }
  | {
      readonly kind: 'lost-commits' | 'in-use' | 'unusable' | 'invalid-key' | 'write-failed' | 'stopped';
      readonly message: string;
    };

/** Any failure of the store; `kind` tells them apart. */
export class StoreError extends Error {
  readonly kind: StoreFailure['kind'];

  constructor(failure: StoreFailure) {
    super(failure.message);
    this.name = 'StoreError';
    this.kind = failure.kind;
  }
}

/** A row whose bytes are not those that were committed. Other rows stay readable. */
export class StoreCorruptError extends StoreError {
  readonly space: string;
  readonly key: string;

  constructor(failure: Extract<StoreFailure, { kind: 'corrupt' }>) {
    super(failure);
    this.name = 'StoreCorruptError';
    this.space = failure.space;
    this.key = failure.key;
  }
}

export function toStoreError(failure: StoreFailure): StoreError {
  return failure.kind === 'corrupt' ? new StoreCorruptError(failure) : new StoreError(failure);
}

/** Says which row it is without showing control characters raw. */
export function corruptRow(space: string, key: string, detail: string): Extract<StoreFailure, { kind: 'corrupt' }> {
  const message =
    `the row ${JSON.stringify(key)} of ${JSON.stringify(space)} in the local store is damaged (${detail}). ` +
    'Everything else stays readable; write or delete the row to go on, or start with an empty --data directory.';
  return { kind: 'corrupt', message, space, key };
}
