import type { TableClient, TransactionAction } from '@azure/data-tables';
import { expect, test } from 'vitest';
import { tableOrderStore } from '../../../../../shared/adapters/tables/order-store.ts';
import { redeem } from '../../../../../shared/kernel/claim-check.ts';
import { toCloudEvent } from '../../../../../shared/kernel/cloud-event.ts';
import { memoryClaims } from '../../../../support/memory-claims.ts';

test('a message too large for a row of the outbox is checked in before the batch is stored', async () => {
  const claims = memoryClaims();
  const stored: unknown[] = [];
  let claimsAtBatch = 0;
  const table = {
    submitTransaction: async (batch: readonly TransactionAction[]) => {
      claimsAtBatch = claims.blobs.size;
      for (const [, row] of batch) stored.push(row);
    },
  } as unknown as TableClient;
  const at = '2026-01-01T00:00:00.000Z';
  const event = toCloudEvent({
    id: 'm',
    type: 'millrace.tests.Thing.v1',
    subject: 'o',
    time: at,
    data: 'x'.repeat(100_000),
  });
  const message = {
    destination: 'work',
    messageId: 'm',
    label: 'Thing',
    correlationId: 'o',
    body: JSON.stringify(event),
  };
  expect(await tableOrderStore(table, claims).append('o', 0, { events: [], at, outbox: [message] })).toHaveLength(1);
  expect(claimsAtBatch).toBe(1);
  const [{ body = '' } = {}] = stored as { body?: string }[];
  expect(body.length).toBeLessThan(32 * 1024);
  expect(JSON.parse(Buffer.from(await redeem(Buffer.from(body), claims)).toString())).toEqual(event);
});
