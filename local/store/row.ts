// What the store holds.

/** One row written, or with `value: null` deleted. */
export interface Change {
  /** Prefixed by its owner: `broker.…`, `tables.…`. Holds no NUL. */
  readonly space: string;
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface Row {
  readonly key: string;
  readonly value: Uint8Array;
}
