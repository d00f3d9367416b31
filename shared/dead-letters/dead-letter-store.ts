import type {
  CauseGroup,
  DeadLetter,
  DeadLetterChange,
  DeadLetterEntry,
  DeadLetterFilter,
  DeadLetterState,
} from './dead-letter.ts';

/** All throw AppError storage-unavailable. */
export interface DeadLetterStore {
  get(id: string): Promise<DeadLetter | undefined>;
  /** Oldest first. */
  history(id: string): Promise<readonly DeadLetterEntry[]>;
  /**
   * Stores what `decide` answers for the letter as it stands, with its entry in the history, both or neither; decides anew when
   * another writer was quicker. Answers the letter as it stands then.
   * @throws AppError concurrent-change, and what `decide` throws
   */
  change(
    id: string,
    decide: (letter: DeadLetter | undefined) => DeadLetterChange | undefined,
  ): Promise<DeadLetter | undefined>;
  /**
   * Newest arrival first. A walk through the pages meets each letter once, whatever becomes of it meanwhile, and none that arrives
   * later.
   */
  list(
    filter: DeadLetterFilter,
    page: { readonly limit: number; readonly continuation?: string | undefined },
  ): Promise<{ readonly items: readonly DeadLetter[]; readonly continuation?: string }>;
  /** Largest first. */
  groups(state: DeadLetterState): Promise<readonly CauseGroup[]>;
  /** The present body, untouched, or the one of this hash. @throws AppError dead-letter-not-found */
  body(id: string, bodySha256?: string): Promise<Uint8Array>;
  /** Keeps a body beside the others of the letter, and answers its SHA-256 in hex. Put twice, it is there once. */
  putBody(id: string, body: Uint8Array): Promise<string>;
}
