// What a namespace holds, as data. Durations are in milliseconds; undefined switches a feature off.

/** `Disabled` is both: nothing goes in, nothing comes out. */
export type EntityStatus = 'Active' | 'Disabled' | 'SendDisabled' | 'ReceiveDisabled';

/** How messages of a queue or subscription are handed out and what becomes of them. */
export interface DeliverySettings {
  readonly status: EntityStatus;
  readonly lockDurationMs: number;
  /** Failed deliveries after which a message is dead-lettered. */
  readonly maxDeliveryCount: number;
  readonly requiresSession: boolean;
  readonly defaultTtlMs: number | undefined;
  readonly deadLetteringOnMessageExpiration: boolean;
  /** Name of the queue or topic every message is moved to on arrival. */
  readonly forwardTo: string | undefined;
  /** Name of the queue or topic that takes dead letters in place of the entity's own dead-letter queue. */
  readonly forwardDeadLetteredMessagesTo: string | undefined;
}

export interface QueueDefinition extends DeliverySettings {
  readonly name: string;
  readonly duplicateDetectionWindowMs: number | undefined;
  /** Once its messages and session states are that large together, it takes no more. */
  readonly maxSizeBytes: number;
}

export interface TopicDefinition {
  readonly name: string;
  readonly status: EntityStatus;
  /** What its subscriptions hold counts. */
  readonly maxSizeBytes: number;
  readonly duplicateDetectionWindowMs: number | undefined;
  readonly defaultTtlMs: number | undefined;
  readonly subscriptions: readonly SubscriptionDefinition[];
}

export interface SubscriptionDefinition extends DeliverySettings {
  readonly name: string;
  /** Whether a message for which a rule cannot be evaluated becomes a dead letter; otherwise that rule passes over it. */
  readonly deadLetteringOnFilterEvaluationExceptions: boolean;
  /** A message is taken when one of these matches. */
  readonly rules: readonly RuleDefinition[];
}

export interface RuleDefinition {
  readonly name: string;
  readonly filter: FilterDefinition;
  /** SQL statements that change the copy which this rule makes of a message. */
  readonly action?: string | undefined;
}

export type FilterDefinition =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'sql'; readonly expression: string }
  | ({ readonly kind: 'correlation' } & CorrelationFields);

/** Every field that is given must be equal to the message's. */
export interface CorrelationFields {
  readonly correlationId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly to?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly subject?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly replyToSessionId?: string | undefined;
  readonly contentType?: string | undefined;
  readonly properties?: Properties | undefined;
}

export interface NamespaceDefinition {
  readonly queues: readonly QueueDefinition[];
  readonly topics: readonly TopicDefinition[];
}

/** The application property values that rules compare and settlement may change. */
export type PropertyValue = string | number | boolean | null | { readonly timestampMs: number };
export type Properties = Readonly<Record<string, PropertyValue>>;
