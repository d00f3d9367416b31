// The part of a message that rules look at.
import type { Properties } from '../entities/definitions.ts';

export interface RuleFields {
  readonly messageId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly to?: string | undefined;
  readonly replyTo?: string | undefined;
  /** `Label` in the older terms, which SQL filters and ARM still use. */
  readonly subject?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly replyToSessionId?: string | undefined;
  readonly contentType?: string | undefined;
  readonly properties: Properties;
}
