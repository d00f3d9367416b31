// The shape of a topology.json as far as a broker of its own reads it, for those who write it in TypeScript: ARM's names, all but
// names may be left out. What each property means and its default: https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/queues

export interface TopologyFile {
  readonly serviceBus?: { readonly queues?: readonly QueueEntry[]; readonly topics?: readonly TopicEntry[] };
  readonly eventHubs?: { readonly hubs?: readonly HubEntry[] };
}

export interface QueueEntry {
  readonly name: string;
  readonly properties?: DeliveryProperties & EntityProperties;
}

export interface TopicEntry {
  readonly name: string;
  readonly properties?: EntityProperties & Pick<DeliveryProperties, 'status' | 'defaultMessageTimeToLive'>;
  readonly subscriptions?: readonly SubscriptionEntry[];
}

export interface SubscriptionEntry {
  readonly name: string;
  readonly properties?: DeliveryProperties & {
    /** Default true. */
    readonly deadLetteringOnFilterEvaluationExceptions?: boolean;
  };
  /** Default: one that takes every message. */
  readonly rules?: readonly RuleEntry[];
}

export interface RuleEntry {
  readonly name: string;
  readonly properties: (
    | { readonly filterType: 'SqlFilter'; readonly sqlFilter: SqlEntry }
    | { readonly filterType: 'CorrelationFilter'; readonly correlationFilter: CorrelationEntry }
  ) & {
    /** Changes the copy that this rule makes of a message: SET, REMOVE. */
    readonly action?: SqlEntry;
  };
}

export interface SqlEntry {
  readonly sqlExpression: string;
}

export interface CorrelationEntry {
  readonly correlationId?: string;
  readonly messageId?: string;
  readonly to?: string;
  readonly replyTo?: string;
  /** The message's subject. */
  readonly label?: string;
  readonly sessionId?: string;
  readonly replyToSessionId?: string;
  readonly contentType?: string;
  /** Application properties. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

export interface HubEntry {
  readonly name: string;
  readonly properties?: {
    /** 1 to 32, default 4. */
    readonly partitionCount?: number;
    /** 1 to 7, default 7. */
    readonly messageRetentionInDays?: number;
    /** 1 to 168; in place of messageRetentionInDays. */
    readonly retentionDescription?: { readonly cleanupPolicy?: 'Delete'; readonly retentionTimeInHours?: number };
  };
  /** Of each partition; default 1024. Not a property of Azure's. */
  readonly maxSizeInMegabytes?: number;
  /** Beside `$Default`, which is always there. */
  readonly consumerGroups?: readonly { readonly name: string }[];
}

/** Durations are ISO 8601, such as PT5M. */
interface DeliveryProperties {
  /** Default Active. */
  readonly status?: 'Active' | 'Disabled' | 'SendDisabled' | 'ReceiveDisabled';
  /** 1 s to PT5M, default PT1M. */
  readonly lockDuration?: string;
  /** 1 to 2000, default 10. */
  readonly maxDeliveryCount?: number;
  readonly requiresSession?: boolean;
  /** Default: for ever. */
  readonly defaultMessageTimeToLive?: string;
  readonly deadLetteringOnMessageExpiration?: boolean;
  /** A queue or topic of the same file. */
  readonly forwardTo?: string;
  /** A queue or topic of the same file. */
  readonly forwardDeadLetteredMessagesTo?: string;
}

interface EntityProperties {
  /** Default 1024. */
  readonly maxSizeInMegabytes?: number;
  readonly requiresDuplicateDetection?: boolean;
  /** PT20S to P7D, default PT10M. */
  readonly duplicateDetectionHistoryTimeWindow?: string;
}
