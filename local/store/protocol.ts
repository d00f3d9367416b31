// What passes between the store's two threads: one batch there, one answer back, then the next.
import type { PackedTexts, PackedValues } from './packed-values.ts';
import type { StoreFailure } from './store-errors.ts';

export type Read =
  | { readonly kind: 'get'; readonly space: string; readonly key: string }
  | {
      readonly kind: 'scan';
      readonly space: string;
      readonly from: string;
      readonly before?: string;
      readonly limit: number;
    };

/** All commits of one tick, flattened in call order, and the reads to be answered after them. */
export interface Batch {
  readonly kind: 'batch';
  readonly spaces: PackedTexts;
  readonly keys: PackedTexts;
  readonly values: PackedValues;
  readonly reads: readonly Read[];
}

/** A get answers with no row or one. */
export type ReadAnswer = { readonly keys: readonly string[]; readonly values: PackedValues } | StoreFailure;

export type WorkerAnswer =
  | { readonly kind: 'opened'; readonly notices: readonly string[] }
  | { readonly kind: 'refused'; readonly failure: StoreFailure }
  | { readonly kind: 'batch'; readonly failure?: StoreFailure; readonly reads: readonly ReadAnswer[] };
