import { expect, test } from 'vitest';
import { type Outbox, type OutboxMessage, type OutboxRow, publishOutbox } from '../../../../shared/kernel/outbox.ts';

const row = (n: number): OutboxRow => ({
  rowKey: `outbox-${n}`,
  destination: 'q',
  messageId: `m-${n}`,
  label: 'L',
  correlationId: 'c',
  body: '{}',
});

function memoryOutbox(rows: OutboxRow[]) {
  const outbox: Outbox = {
    rows: async () => [...rows],
    remove: async (_partition, rowKey) =>
      void rows.splice(
        rows.findIndex((each) => each.rowKey === rowKey),
        1,
      ),
    async *partitionsWaiting() {},
  };
  return { outbox, rows };
}

test('messages leave in order and their rows after them', async () => {
  const { outbox, rows } = memoryOutbox([row(1), row(2)]);
  const sent: OutboxMessage[] = [];
  expect(await publishOutbox(outbox, { send: async (message) => void sent.push(message) }, 'p')).toBe(2);
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m-1', 'm-2']);
  expect(rows).toEqual([]);
});

test('a message the broker does not take keeps its row and those behind it', async () => {
  const { outbox, rows } = memoryOutbox([row(1), row(2), row(3)]);
  const send = async ({ messageId }: OutboxMessage): Promise<void> => {
    if (messageId === 'm-2') throw new Error('down');
  };
  await expect(publishOutbox(outbox, { send }, 'p')).rejects.toThrow('down');
  expect(rows.map(({ rowKey }) => rowKey)).toEqual(['outbox-2', 'outbox-3']);
});
