// The part of a message that rules look at.
import type { CorrelationFields, Properties } from '../entities/definitions.ts';

/** `subject` is `Label` in the older terms, which SQL filters and ARM still use. */
export type RuleFields = CorrelationFields & { readonly properties: Properties };
