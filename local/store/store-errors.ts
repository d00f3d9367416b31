// What can go wrong in the store, as data (errors lose their class between threads) and as the errors callers see.

/** `stopped`: the store takes nothing more until its process starts again. */
export type StoreFailure =
  | { readonly kind: 'corrupt'; readonly message: string; readonly space: string; readonly key: string }
  | {
      readonly kind: 'lost-commits' | 'in-use' | 'unusable' | 'invalid-key' | 'write-failed' | 'stopped';
      readonly message: string;
    };

export const STOPPED: StoreFailure = { kind: 'stopped', message: 'the local store is closed' };

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

/** Says which row it is without showing control characters raw, and how to go on without it. */
export function corruptRow(space: string, key: string, rowid: number): Extract<StoreFailure, { kind: 'corrupt' }> {
  const message =
    `the row ${JSON.stringify(key)} of ${JSON.stringify(space)} in the local store is damaged (its checksum does not match). ` +
    'Restore the data directory, or give this row up: end every process that uses the directory and run in it ' +
    `node -e "new (require('node:sqlite').DatabaseSync)('store.db').exec('REINDEX; DELETE FROM rows WHERE rowid = ${rowid}')"`;
  return { kind: 'corrupt', message, space, key };
}

/** Carries a failure as data through the code of the store's thread. */
export class DatabaseFailure extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}
