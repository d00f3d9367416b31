// The event hubs of a namespace, as data.

export interface HubDefinition {
  readonly name: string;
  readonly partitionCount: number;
  /** How long an event is kept. */
  readonly retentionMs: number;
  /** In the order of the file; `$Default` is always among them. */
  readonly consumerGroups: readonly string[];
}
