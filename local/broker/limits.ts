// Service Bus and Event Hubs quotas of the Standard tier, strict as Azure's.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
// https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas

export const limits = {
  /** A message as encoded by its sender, properties included; also a whole batch. */
  maxMessageSizeBytes: 256 * 1024,
  /** System and application properties together. */
  maxMessageHeadBytes: 64 * 1024,
  maxMessageIdLength: 128,
  maxSessionIdLength: 128,
  maxPartitionKeyLength: 128,
  maxSessionStateBytes: 256 * 1024,
  maxDeadLetterReasonLength: 4096,
  maxRuleNameLength: 50,
  maxSqlExpressionLength: 1024,
  maxStatementsPerAction: 32,
  maxMessagesPerDeletion: 500,
  maxRulesPerSubscription: 2000,
  /** Events sent together to a hub, as encoded by their sender. */
  maxEventBatchBytes: 1024 * 1024,
} as const;
