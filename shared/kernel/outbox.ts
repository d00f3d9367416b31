// What was decided must be told. Messages are stored with the events they tell of, a hint is left first, and whoever stores
// publishes at once; the hint's trigger and a nightly sweep publish what a crash left behind. A repeat carries the same message id.

/** A message that leaves when the events it tells of are stored. */
export interface OutboxMessage {
  /** Queue or topic, or hub. */
  readonly destination: string;
  /** What takes it; Service Bus where nothing is said. */
  readonly transport?: 'event-hubs';
  readonly messageId: string;
  /** The event's name; subscription rules look at it. */
  readonly label: string;
  /** What it is about; the partition key on a hub. */
  readonly correlationId: string;
  /** Keeps the messages of one session in order, where whoever reads them asks for it. */
  readonly sessionId?: string;
  readonly body: string;
}

export type OutboxRow = OutboxMessage & { readonly rowKey: string /** When it was stored. */; readonly at: string };

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
  /** Sends the messages to one queue, topic or hub, in order; when it throws, some may have left. @throws AppError messaging-unavailable */
  send(destination: string, messages: readonly OutboxMessage[]): Promise<void>;
}

export interface Published {
  readonly count: number;
  /** How long the oldest of those that were there had been waiting; 0 where there were none. */
  readonly lagMs: number;
  /** Why some were not sent: they are still there. */
  readonly failure?: unknown;
}

/**
 * Sends every row of the partition, each destination's in order, and removes what its destination has. One that is down keeps its
 * own rows only, and is the failure that is answered.
 * @param known all rows of the partition, where whoever asks knows them: they are not read then
 * @throws AppError storage-unavailable
 */
export async function publishOutbox(
  outbox: Outbox,
  sender: MessageSender,
  partition: string,
  now = Date.now(),
  known?: readonly OutboxRow[],
): Promise<Published> {
  const rows = known ?? (await outbox.rows(partition));
  const [oldest] = rows;
  if (oldest === undefined) return { count: 0, lagMs: 0 };
  const byDestination = [...Map.groupBy(rows, ({ destination }) => destination)];
  const outcomes = await Promise.allSettled(
    byDestination.map(([destination, messages]) => sender.send(destination, messages)),
  );
  const sent = byDestination.flatMap(([, messages], index) =>
    outcomes[index]?.status === 'fulfilled' ? messages.map(({ rowKey }) => rowKey) : [],
  );
  if (sent.length > 0) await outbox.remove(partition, sent);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  return {
    count: sent.length,
    lagMs: Math.max(0, now - Date.parse(oldest.at)),
    ...(failed === undefined ? {} : { failure: failed.reason }),
  };
}
