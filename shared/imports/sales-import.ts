// One import: what its orchestration knows, and where its sales stand meanwhile. They are personal data and go at its end.
import { AppError } from '../kernel/errors.ts';
import type { Tally } from './place-sales.ts';
import { addRejections, type CheckedSales } from './sales-file.ts';

/** Names of the orchestration and its activities. */
export const salesImportRun = { name: 'import-sales', place: 'place-sales', report: 'report-sales-import' } as const;

export interface SalesImportInput {
  /** Of the message: delivered again it is the same import, sent again another. */
  readonly importId: string;
  readonly tillId: string;
  readonly fileId: string;
  readonly replyTo?: string | undefined;
  /** How many sales there are to place. */
  readonly sales: number;
  readonly pageSize: number;
}

export interface PageInput extends SalesImportInput {
  readonly from: number;
}

export interface ReportInput extends SalesImportInput {
  readonly tally: Tally;
  /** Why the import ended before its last page. */
  readonly gaveUp?: string;
}

export type PageAnswer =
  | (Tally & { readonly outcome: 'placed' })
  | { readonly outcome: 'failed'; readonly detail: string };

/** So many sales an activity: it takes some seconds, and that much is done again after a crash. */
export const pageSize = 250;

export const pagesOf = (input: SalesImportInput): PageInput[] =>
  Array.from({ length: Math.ceil(input.sales / input.pageSize) }, (_, page) => ({
    ...input,
    from: page * input.pageSize,
  }));

export const nothingPlaced: Tally = { placed: 0, rejected: { count: 0, listed: [] } };

export const addTally = (a: Tally, b: Tally): Tally => ({
  placed: a.placed + b.placed,
  rejected: addRejections(a.rejected, b.rejected),
});

/** Where files stand while they are worked on. All throw AppError storage-unavailable while the store does not answer. */
export interface ImportFiles {
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  /** One that is gone already is none to complain of. */
  remove(name: string): Promise<void>;
}

export const fileName = ({ tillId, importId }: Pick<SalesImportInput, 'tillId' | 'importId'>): string =>
  `${tillId}/${importId}.json`;

/** @throws AppError storage-unavailable, import-file-missing */
export async function readSales<Request>(files: ImportFiles, input: SalesImportInput): Promise<CheckedSales<Request>> {
  const bytes = await files.get(fileName(input));
  if (bytes === undefined)
    throw new AppError('import-file-missing', `The sales of import ${input.importId} are gone: send the file again`);
  return JSON.parse(Buffer.from(bytes).toString()) as CheckedSales<Request>;
}
