// What a till sends at the end of its day. Too large for a message, its data travel as a claim check like any other.
import { z } from 'zod';
import { currencySchema } from '../kernel/money.ts';
import { queues } from '../kernel/topology.ts';
import type { Contract } from './contract.ts';
import { emailAddress, idText } from '../kernel/text.ts';

/** A file of more sales is sent in parts. */
const mostSales = 10_000;

const name = idText(64, '.-');

export const salesImport = {
  type: 'millrace.imports.SalesImport.v1',
  kind: 'command',
  doc: 'Turn each of these sales into an order, and report those that cannot be.',
  sentBy: 'a till, or `npm run import-sales`',
  sentTo: { queue: queues.salesImport },
  about: 'the file',
  schema: z.object({
    tillId: name.describe('the till'),
    fileId: name.describe('the file, as the till calls it'),
    currency: currencySchema.describe('of every sale'),
    replyTo: emailAddress.optional().describe('who gets the summary; the operator without it'),
    sales: z
      .array(z.unknown())
      .max(mostSales)
      .describe(
        'each { receipt, customerId, email, items, payment, shipTo } as `POST /orders` takes them; a bad one is rejected alone',
      ),
  }),
  example: {
    tillId: 'till-3',
    fileId: '2026-11-20',
    currency: 'EUR',
    sales: [
      {
        receipt: 'R-1001',
        customerId: 'ada',
        email: 'ada@example.com',
        items: [{ sku: 'MUG-MILLRACE', quantity: 1 }],
        payment: { method: 'pm_card_visa' },
        shipTo: { name: 'Ada Lovelace', line1: 'Mill Lane 1', city: 'Ely', postalCode: 'CB7 4AA', country: 'GB' },
      },
    ],
  },
} as const satisfies Contract;
