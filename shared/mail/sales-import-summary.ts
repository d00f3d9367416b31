// The mail whoever sent a till's file gets: what became orders, and every line that did not with what is wrong with it.
import { deterministicId } from '../kernel/ids.ts';
import type { Mail } from './mailer.ts';
import { type Block, renderMail } from './template.ts';

export interface ImportedSales {
  readonly importId: string;
  readonly tillId: string;
  readonly fileId: string;
  readonly placed: number;
  readonly repeated: number;
  readonly rejected: {
    readonly count: number;
    /** The first of them. */
    readonly listed: readonly {
      readonly receipt: string;
      readonly pointer: string;
      readonly code: string;
      readonly detail: string;
    }[];
  };
  /** Set where the import ended before its last sale: how many were not looked at, and why. */
  readonly gaveUp?: { readonly left: number; readonly detail: string };
}

export function salesImportSummary(imported: ImportedSales, to: string): Mail {
  const { importId, tillId, fileId, placed, repeated, rejected, gaveUp } = imported;
  const sales = placed + repeated + rejected.count + (gaveUp?.left ?? 0);
  const blocks: Block[] = [
    ...(gaveUp === undefined
      ? []
      : [
          `The import gave up after a day: ${gaveUp.detail}. ${gaveUp.left} sales are no orders yet. Send the file again: a receipt is one order, however often it comes.`,
        ]),
    ...(rejected.count === 0 && gaveUp === undefined ? ['Every sale of the file is an order now.'] : []),
    ...(rejected.count === 0
      ? []
      : [
          'The sales below are no orders. Mend them and send them again, alone or with the others: a receipt is one order, however often it comes.',
        ]),
    {
      facts: {
        Till: tillId,
        File: fileId,
        Sales: String(sales),
        Orders: String(placed),
        'Said twice': String(repeated),
        Rejected: String(rejected.count),
        ...(gaveUp === undefined ? {} : { 'Not looked at': String(gaveUp.left) }),
      },
    },
  ];
  if (rejected.count > 0) {
    const rows = rejected.listed.map(({ receipt, pointer, code, detail }) => [receipt, pointer, code, detail]);
    blocks.push({ table: { head: ['Receipt', 'Where', 'Code', 'What is wrong'], rows } });
  }
  if (rejected.count > rejected.listed.length) {
    blocks.push(`These are the first ${rejected.listed.length} of ${rejected.count}.`);
  }
  return {
    operationId: deterministicId('mail', 'sales-import', importId, to),
    to,
    ...renderMail(
      `Sales of ${tillId}, file ${fileId}: ${placed} orders, ${rejected.count} rejected${gaveUp === undefined ? '' : `, ${gaveUp.left} not looked at`}`,
      blocks,
    ),
    headers: { 'x-import-id': importId },
  };
}
