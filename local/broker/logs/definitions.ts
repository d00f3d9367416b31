// The event hubs of a namespace, as data.

import type { Retention } from './partition-log.ts';

export interface HubDefinition extends Retention {
  readonly name: string;
  readonly partitionCount: number;
  /** In the order of the file; `$Default` is always among them. */
  readonly consumerGroups: readonly string[];
}
