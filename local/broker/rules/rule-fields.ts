// The part of a message that rules look at and their actions change.
import type { CorrelationFields, Properties } from '../entities/definitions.ts';

/** `subject` is `Label` in the older terms, which SQL filters and ARM still use. */
export type RuleFields = CorrelationFields & { readonly properties: Properties };

export type SystemField = Exclude<keyof RuleFields, 'properties'>;

/** What a rule is asked about. */
export interface RuleSubject {
  /** Read on first use: many rules look at nothing. */
  readonly fields: () => RuleFields;
  /** A new uuid in its usual notation. */
  readonly newId: () => string;
}

/** A rule could not be evaluated for a message, which is then a dead letter of the subscription or dropped. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}
