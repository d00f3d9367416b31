import { expect, test } from 'vitest';
import { type MessageSender, type Outbox, type OutboxRow, publishOutbox } from '../../../../shared/kernel/outbox.ts';

const row = (n: number, destination = 'q'): OutboxRow => ({
  rowKey: `outbox-${n}`,
  at: '2026-01-01T00:00:00.000Z',
  destination,
  messageId: `m-${n}`,
  label: 'L',
  correlationId: 'c',
  body: '{}',
});

function memoryOutbox(...rows: OutboxRow[]) {
  const left = new Map(rows.map((each) => [each.rowKey, each]));
  const outbox: Outbox = {
    rows: async () => [...left.values()],
    remove: async (_partition, rowKeys) => {
      for (const rowKey of rowKeys) left.delete(rowKey);
    },
    async *partitionsWaiting() {},
  };
  return { outbox, left };
}

test('the messages of each destination leave together and in order, and their rows after them', async () => {
  const { outbox, left } = memoryOutbox(row(1, 'topic'), row(2, 'queue'), row(3, 'topic'));
  const sent: string[] = [];
  const send: MessageSender['send'] = async (destination, messages) => {
    expect(left.size).toBe(3);
    sent.push(`${destination}: ${messages.map(({ messageId }) => messageId).join(' ')}`);
  };
  const now = Date.parse('2026-01-01T00:00:07.000Z');
  expect(await publishOutbox(outbox, { send }, 'p', now)).toEqual({ count: 3, lagMs: 7_000 });
  expect(sent).toEqual(['topic: m-1 m-3', 'queue: m-2']);
  expect(left.size).toBe(0);
});

test('while one destination does not take its messages, its rows stay, and a repeat has the same ids', async () => {
  const { outbox, left } = memoryOutbox(row(1, 'topic'), row(2, 'queue'));
  const failure = new Error('down');
  const send: MessageSender['send'] = async (destination) => {
    if (destination === 'queue') throw failure;
  };
  expect(await publishOutbox(outbox, { send }, 'p')).toMatchObject({ count: 1, failure });
  expect([...left.values()].map(({ messageId }) => messageId)).toEqual(['m-2']);
});

test('an empty outbox sends nothing', async () => {
  const send: MessageSender['send'] = async () => expect.unreachable();
  expect(await publishOutbox(memoryOutbox().outbox, { send }, 'p')).toEqual({ count: 0, lagMs: 0 });
});

test('rows that whoever asks knows are not read', async () => {
  const { outbox, left } = memoryOutbox(row(1));
  const unread: Outbox = { ...outbox, rows: async () => expect.unreachable() };
  expect(await publishOutbox(unread, { send: async () => {} }, 'p', 0, [row(1)])).toMatchObject({ count: 1 });
  expect(left.size).toBe(0);
});
