// What was decided must be told. Messages are stored with the events they tell of, a hint is left first, and whoever stores
// publishes at once; the hint's trigger and a nightly sweep publish what a crash left behind. A repeat carries the same message id.

/** A message that leaves when the events it tells of are stored. */
export interface OutboxMessage {
  /** Queue or topic. */
  readonly destination: string;
  readonly messageId: string;
  /** The event's name; subscription rules look at it. */
  readonly label: string;
  readonly correlationId: string;
  readonly body: string;
}

export type OutboxRow = OutboxMessage & { readonly rowKey: string };

export interface Outbox {
  /** Rows of one partition, oldest first. */
  rows(partition: string): Promise<readonly OutboxRow[]>;
  /** Rows that are gone already are none to complain of. */
  remove(partition: string, rowKeys: readonly string[]): Promise<void>;
  /** Partitions that have rows older than this, each once. */
  partitionsWaiting(olderThan: string): AsyncIterable<string>;
}

export interface OutboxHints {
  /** Leaves a hint that comes back after a short delay. */
  leave(partition: string): Promise<void>;
}

export interface MessageSender {
  /** Sends the messages to one queue or topic, in order; when it throws, some may have left. @throws AppError messaging-unavailable */
  send(destination: string, messages: readonly OutboxMessage[]): Promise<void>;
}

/**
 * Sends every row of the partition, each destination's in order, and removes them once the broker has them all.
 * Answers how many there were.
 */
export async function publishOutbox(outbox: Outbox, sender: MessageSender, partition: string): Promise<number> {
  const rows = await outbox.rows(partition);
  if (rows.length === 0) return 0;
  const byDestination = Map.groupBy(rows, ({ destination }) => destination);
  await Promise.all([...byDestination].map(([destination, messages]) => sender.send(destination, messages)));
  await outbox.remove(
    partition,
    rows.map(({ rowKey }) => rowKey),
  );
  return rows.length;
}
