// The links that read each partition, by consumer group.
import type { PartitionLog } from '../../broker/logs/partition-log.ts';
import { displacedBy, type Reader, stolenBy } from '../../broker/logs/readers.ts';

export interface LinkReader extends Reader {
  /** Sends what there is and the link takes. */
  readonly pump: () => void;
  /** Ends the link: another one took the partition, or it cannot be read. */
  readonly lose: (error: unknown) => void;
}

export interface ReaderTable {
  /** Ends those that have to go for this one. @throws BrokerError link-stolen, too-many-readers: it may not read itself */
  add(log: PartitionLog, group: string, reader: LinkReader): void;
  remove(log: PartitionLog, group: string, reader: LinkReader): void;
  /** There is more to read. */
  pump(log: PartitionLog): void;
}

export function createReaderTable(): ReaderTable {
  const groupsByLog = new Map<string, Map<string, Set<LinkReader>>>();

  function readersOf(log: PartitionLog, group: string): Set<LinkReader> {
    const groups = groupsByLog.get(log.key) ?? new Map<string, Set<LinkReader>>();
    groupsByLog.set(log.key, groups);
    const readers = groups.get(group) ?? new Set();
    groups.set(group, readers);
    return readers;
  }

  return {
    add(log, group, reader) {
      const readers = readersOf(log, group);
      for (const displaced of displacedBy([...readers], reader)) {
        readers.delete(displaced);
        displaced.lose(stolenBy(reader));
      }
      readers.add(reader);
    },
    remove: (log, group, reader) => readersOf(log, group).delete(reader),
    pump(log) {
      for (const readers of groupsByLog.get(log.key)?.values() ?? []) for (const reader of readers) reader.pump();
    },
  };
}
