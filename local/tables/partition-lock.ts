// One read-decide-write at a time for each partition; different partitions do not wait for each other.

export type PartitionLock = <T>(partition: string, section: () => Promise<T>) => Promise<T>;

export function createPartitionLock(): PartitionLock {
  const tails = new Map<string, Promise<void>>();
  return async (partition, section) => {
    const before = tails.get(partition);
    const { promise: done, resolve: release } = Promise.withResolvers<void>();
    tails.set(partition, done);
    await before;
    try {
      return await section();
    } finally {
      release();
      if (tails.get(partition) === done) tails.delete(partition);
    }
  };
}
