// Producers that number their events: what they send again is not written again, whenever the answer was lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProducer } from '../../../../local/broker/logs/log-records.ts';
import { append, createPartitionLog, dropExpired } from '../../../../local/broker/logs/partition-log.ts';
import { admitProducer, isNextBatch, type NumberedBatch } from '../../../../local/broker/logs/producers.ts';
import { rowKey } from '../../../../local/broker/logs/log-records.ts';

const newId = () => 7;
const nobody = { id: undefined, epoch: undefined, lastPublished: undefined };

function createLog() {
  const log = createPartitionLog('hub', 0);
  const publish = (batch: NumberedBatch) => {
    if (!isNextBatch(log.producers, batch)) return 'repeated';
    const events = Array.from({ length: batch.count }, () => new Uint8Array(1));
    append(log, events, { nowMs: 1, partitionKey: undefined, encode: (raw) => raw, batch });
    return 'written';
  };
  return {
    log,
    publish,
    admit: (asked: Parameters<typeof admitProducer>[1]) => admitProducer(log.producers, asked, newId),
  };
}

describe('a producer', () => {
  it('that is new gets an id, epoch 0 and numbers from 0', () => {
    expect(createLog().admit(nobody)).toEqual({ id: 7, epoch: 0, lastPublished: -1 });
  });

  it('that comes back gets the numbers it names, or those the partition knows', () => {
    const { admit, publish } = createLog();
    const { id, epoch } = admit(nobody);
    publish({ id, epoch, firstPublished: 0, count: 3 });
    expect(admit({ id, epoch, lastPublished: undefined }).lastPublished).toBe(2);
    expect(admit({ id, epoch, lastPublished: -1 }).lastPublished).toBe(-1);
    expect(() => admit({ id: 100, epoch: 100, lastPublished: 100 })).toThrow('Create a new producer');
  });

  it('with a higher epoch takes the id over and numbers from 0', () => {
    const { admit, publish } = createLog();
    publish({ id: 7, epoch: 0, firstPublished: 0, count: 3 });
    expect(admit({ id: 7, epoch: 1, lastPublished: undefined })).toEqual({ id: 7, epoch: 1, lastPublished: -1 });
    expect(() => publish({ id: 7, epoch: 0, firstPublished: 3, count: 1 })).toThrow("has the epoch '1' by now");
    expect(() => admit({ id: 7, epoch: 0, lastPublished: 2 })).toThrow("has the epoch '1' by now");
    expect(publish({ id: 7, epoch: 1, firstPublished: 0, count: 1 })).toBe('written');
  });

  it('is refused an event out of order', () => {
    const { publish } = createLog();
    publish({ id: 7, epoch: 0, firstPublished: 0, count: 10 });
    for (const batch of [
      { firstPublished: 5, count: 1 },
      { firstPublished: 11, count: 1 },
      { firstPublished: 0, count: 9 },
    ])
      expect(() => publish({ id: 7, epoch: 0, ...batch })).toThrow("where '10' is the next");
  });

  it('goes on with 0 behind the largest number', () => {
    const { log, publish } = createLog();
    const last = 2 ** 31 - 2;
    log.producers.set(7, { epoch: 0, firstPublished: last, lastPublished: last, lastSequenceNumber: 0 });
    const batch = { id: 7, epoch: 0, firstPublished: last + 1, count: 2 };
    expect([publish(batch), publish(batch)]).toEqual(['written', 'repeated']);
    expect(log.producers.get(7)?.lastPublished).toBe(0);
  });

  it('that sends each batch until it is answered has every event once', () => {
    const batch = fc.record({ count: fc.integer({ min: 1, max: 5 }), lostAnswers: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 20 }), (batches) => {
        const { log, publish } = createLog();
        let firstPublished = 0;
        for (const { count, lostAnswers } of batches) {
          const sendings = Array.from({ length: 1 + lostAnswers }, () =>
            publish({ id: 7, epoch: 0, firstPublished, count }),
          );
          expect(sendings).toEqual(['written', ...Array<string>(lostAnswers).fill('repeated')]);
          firstPublished += count;
        }
        expect(log.ends.nextSequenceNumber).toBe(firstPublished);
      }),
    );
  });

  it('is stored with its batch and forgotten with its last event', () => {
    const log = createPartitionLog('hub', 0);
    const given = { nowMs: 1, partitionKey: undefined, encode: (raw: Uint8Array) => raw };
    const batch = { id: 7, epoch: 2, firstPublished: 0, count: 1 };
    const { row, changes } = append(log, [new Uint8Array(1)], { ...given, batch });
    const stored = changes.at(-1);
    expect(decodeProducer(stored?.key ?? '', stored?.value ?? new Uint8Array())).toEqual({
      logKey: log.key,
      id: 7,
      producer: { epoch: 2, firstPublished: 0, lastPublished: 0, lastSequenceNumber: 0 },
    });
    const page = [{ key: rowKey(log.key, row.firstSequenceNumber), value: changes[0]?.value ?? new Uint8Array() }];
    const dropped = dropExpired(log, page, { nowMs: 9, retention: { retentionMs: 1, retentionBytes: 9 } });
    expect(dropped).toContainEqual({ space: stored?.space, key: stored?.key, value: null });
    expect(log.producers.size).toBe(0);
  });
});
