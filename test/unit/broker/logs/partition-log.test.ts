// A partition's log against a plain list: numbers, times, retention, positions, and what is left after a crash.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displacedBy } from '../../../../local/broker/logs/readers.ts';
import {
  decodeEnds,
  decodeRow,
  type EventRow,
  lastSequenceNumber,
  logEndKey,
  logSpaces,
  rowKey,
} from '../../../../local/broker/logs/log-records.ts';
import {
  append,
  createPartitionLog,
  dropExpired,
  type EventStamp,
  isEmpty,
  type PartitionLog,
} from '../../../../local/broker/logs/partition-log.ts';
import { findStart, parsePosition, startOf } from '../../../../local/broker/logs/position.ts';
import { createTail, remember, rowInTail } from '../../../../local/broker/logs/tail.ts';
import type { Change } from '../../../../local/broker/turn.ts';

const retention = { retentionMs: 1000, retentionBytes: 400 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** An event as its stamp and its body, so that both can be read back. */
const encode = (raw: Uint8Array, { sequenceNumber, enqueuedAtMs, partitionKey = '' }: EventStamp) =>
  encoder.encode([sequenceNumber, enqueuedAtMs, partitionKey, decoder.decode(raw)].join(' '));

/** The store, in memory. */
function createDisk() {
  const rows = new Map<string, Uint8Array>();
  let ends: Uint8Array | undefined;
  return {
    commit(changes: readonly Change[]) {
      for (const { space, key, value } of changes) {
        if (space === logSpaces.ends) ends = value ?? undefined;
        else if (value === null) rows.delete(key);
        else rows.set(key, value);
      }
    },
    scan(log: PartitionLog, from: number, limit: number) {
      const [low, high] = [rowKey(log.key, from), logEndKey(log.key)];
      const keys = [...rows.keys()].filter((key) => key >= low && key < high).toSorted();
      return keys.slice(0, limit).map((key) => ({ key, value: rows.get(key) as Uint8Array }));
    },
    recover(): PartitionLog {
      const log = createPartitionLog('hub', 3);
      if (ends) log.ends = log.readable = decodeEnds(ends);
      return log;
    },
  };
}

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('move' as const), byMs: fc.integer({ min: -300, max: 900 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), pageRows: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Kept {
  readonly sequenceNumber: number;
  readonly offset: number;
  readonly atMs: number;
  /** Of what was sent together, which goes together. */
  readonly rowOffset: number;
}

/** Runs the actions on a log and, beside it, on a list of all that should be kept. */
function run(actions: readonly Action[]) {
  const disk = createDisk();
  let log = disk.recover();
  let nowMs = 1_000_000;
  let lastAtMs = 0;
  let next = 0;
  let nextOffset = 0;
  let kept: Kept[] = [];
  for (const step of actions) {
    if (step.kind === 'append') {
      const events = Array.from({ length: step.count }, (_, index) => encoder.encode(`body-${next + index}`));
      const { row, changes } = append(log, events, { nowMs, partitionKey: 'k', encode });
      disk.commit(changes);
      lastAtMs = Math.max(nowMs, lastAtMs);
      const rowOffset = nextOffset;
      for (const event of row.events) {
        kept.push({ sequenceNumber: next, offset: nextOffset, atMs: lastAtMs, rowOffset });
        next += 1;
        nextOffset += event.length;
      }
    } else if (step.kind === 'move') nowMs += step.byMs;
    else if (step.kind === 'restart') log = disk.recover();
    else {
      for (;;) {
        const page = disk.scan(log, log.ends.firstSequenceNumber, step.pageRows);
        const changes = dropExpired(log, page, { nowMs, retention });
        if (changes.length === 0) break;
        disk.commit(changes);
      }
      const { retentionMs, retentionBytes } = retention;
      kept = kept.filter(
        ({ atMs, rowOffset }) => atMs + retentionMs > nowMs && nextOffset - rowOffset <= retentionBytes,
      );
    }
  }
  return { disk, log, kept, next, nextOffset, lastAtMs, nowMs };
}

const rowsOf = ({ disk, log }: ReturnType<typeof run>) =>
  disk.scan(log, 0, Number.POSITIVE_INFINITY).map(({ key, value }) => decodeRow(key, value));

describe('a partition log', () => {
  it('keeps exactly the events that are young enough and not too much, numbered without a gap, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const world = run(actions);
        const texts = rowsOf(world).flatMap(({ events }) => events.map((event) => decoder.decode(event)));
        expect(texts).toEqual(
          world.kept.map(({ sequenceNumber, atMs }) => `${sequenceNumber} ${atMs} k body-${sequenceNumber}`),
        );
        const { ends } = world.log;
        expect([ends.nextSequenceNumber, ends.nextOffset]).toEqual([world.next, world.nextOffset]);
        expect(ends.firstOffset).toBe(world.kept[0]?.offset ?? world.nextOffset);
        expect(ends.lastEnqueuedAtMs ?? 0).toBe(world.lastAtMs);
        expect(isEmpty(ends)).toBe(world.kept.length === 0);
        expect(ends.firstSequenceNumber).toBe(world.kept[0]?.sequenceNumber ?? world.next);
        expect(world.disk.recover().ends).toEqual(ends);
      }),
    );
  });

  it('finds the row of every event by one scan', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const world = run(actions);
        for (const { sequenceNumber } of world.kept) {
          const [found] = world.disk.scan(world.log, sequenceNumber, 1);
          const row = found && decodeRow(found.key, found.value);
          if (!row) throw new Error(`no row for ${sequenceNumber}`);
          expect(row.firstSequenceNumber).toBeLessThanOrEqual(sequenceNumber);
          expect(lastSequenceNumber(row)).toBeGreaterThanOrEqual(sequenceNumber);
        }
      }),
    );
  });

  const start = (world: ReturnType<typeof run>, selector: string) => {
    const position = parsePosition(selector);
    const rowAt = (sequenceNumber: number): Promise<EventRow | undefined> => {
      const [found] = world.disk.scan(world.log, sequenceNumber, 1);
      return Promise.resolve(found && decodeRow(found.key, found.value));
    };
    return startOf(position, world.log.ends) ?? findStart(position, world.log.ends, rowAt);
  };

  it('starts where a time says, as a search through all events does', async () => {
    const time = fc.integer({ min: -2000, max: 12_000 });
    const by = fc.constantFrom('>', '>=');
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), time, by, async (actions, fromStartMs, operator) => {
        const world = run(actions);
        const ms = 1_000_000 + fromStartMs;
        const expected = world.kept.find(({ atMs }) => (operator === '>' ? atMs > ms : atMs >= ms));
        const found = await start(world, `amqp.annotation.x-opt-enqueued-time ${operator} '${ms}'`);
        expect(found).toBe(expected?.sequenceNumber ?? world.next);
      }),
    );
  });

  it('starts where an offset says, also one that was dropped or lies inside an event', async () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const by = fc.constantFrom('>', '>=');
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), share, by, async (actions, part, operator) => {
        const world = run(actions);
        const offset = Math.floor(part * (world.log.ends.lastOffset + 1)) - 1;
        const expected = world.kept.find((event) =>
          operator === '>' ? event.offset > offset : event.offset >= offset,
        );
        const found = await start(world, `amqp.annotation.x-opt-offset ${operator} '${offset}'`);
        expect(found).toBe(expected?.sequenceNumber ?? world.next);
      }),
    );
  });
});

describe('a position', () => {
  const ends = {
    firstSequenceNumber: 5,
    firstOffset: 500,
    firstEnqueuedAtMs: 10,
    nextSequenceNumber: 8,
    nextOffset: 800,
    lastOffset: 700,
    lastEnqueuedAtMs: 20,
  };
  const start = (text: string | undefined) => startOf(parsePosition(text), ends);

  it.each([
    [undefined, 5],
    ["amqp.annotation.x-opt-offset > '-1'", 5],
    ["amqp.annotation.x-opt-offset > '@latest'", 8],
    ["amqp.annotation.x-opt-offset > '499'", 5],
    ["amqp.annotation.x-opt-offset > '500'", undefined],
    ["amqp.annotation.x-opt-offset > '700'", 8],
    ["amqp.annotation.x-opt-sequence-number > '1'", 5],
    ["amqp.annotation.x-opt-sequence-number >= '8'", 8],
    ["amqp.annotation.x-opt-enqueued-time > '20'", 8],
    ["amqp.annotation.x-opt-enqueued-time > '9'", 5],
  ])('%s starts at %s', (text, expected) => {
    expect(start(text)).toBe(expected);
  });

  it.each([
    ["amqp.annotation.x-opt-offset > '701'", "offset '701' is invalid. The last offset in the system is '700'"],
    ["amqp.annotation.x-opt-sequence-number >= '9'", "sequence number '9' is invalid"],
    ["amqp.annotation.x-opt-offset > 'abc'", "offset 'abc' is invalid"],
    ["amqp.annotation.x-opt-offset > ''", "offset '' is invalid"],
    ["temperature > '7'", 'is not known'],
  ])('%s is refused', (text, message) => {
    expect(() => start(text)).toThrow(message);
  });
});

describe('the tail of a log', () => {
  it('holds the newest rows and finds each of their events', () => {
    const tail = createTail();
    const log = createPartitionLog('hub', 0);
    const body = new Uint8Array(200_000);
    for (let batch = 0; batch < 10; batch += 1)
      remember(tail, append(log, [body, body], { nowMs: 1, partitionKey: undefined, encode: (raw) => raw }).row);
    expect(tail.sizeBytes).toBeLessThanOrEqual(1024 * 1024);
    const found = Array.from({ length: 21 }, (_, at) => rowInTail(tail, at)?.firstSequenceNumber);
    expect(found).toEqual([...Array<undefined>(16), 16, 16, 18, 18, undefined]);
  });
});

describe('readers of a partition', () => {
  const sharing = { epoch: undefined };

  it('share it five at a time', () => {
    expect(displacedBy([sharing, sharing, sharing, sharing], sharing)).toEqual([]);
    expect(() => displacedBy([sharing, sharing, sharing, sharing, sharing], sharing)).toThrow('which is 5');
  });

  it('go for one with an epoch, and for the same or a higher one', () => {
    expect(displacedBy([sharing, sharing], { epoch: 0 })).toEqual([sharing, sharing]);
    expect(displacedBy([{ epoch: 3 }], { epoch: 3 })).toEqual([{ epoch: 3 }]);
    expect(displacedBy([{ epoch: 3 }], { epoch: 4 })).toEqual([{ epoch: 3 }]);
  });

  it('are refused with a lower epoch or none while one has it', () => {
    expect(() => displacedBy([{ epoch: 3 }], { epoch: 2 })).toThrow("epoch '3' has this partition");
    expect(() => displacedBy([{ epoch: 0 }], sharing)).toThrow('one without epoch is not allowed');
  });
});
