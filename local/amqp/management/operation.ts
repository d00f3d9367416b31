// One operation of $management: from the body of a request to the body of its answer.
import type { DurableBroker } from '../durable-broker.ts';

export interface ManagementContext {
  readonly broker: DurableBroker;
  readonly path: string;
  /** Owner of the locks that are taken here. */
  readonly owner: string;
}

export type Body = Readonly<Record<string, unknown>>;

/** Resolves with the answer's body; undefined when there is nothing (204). */
export type Operation = (context: ManagementContext, body: Body) => Promise<Body | undefined>;
