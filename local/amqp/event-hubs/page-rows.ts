// How many rows of a log to read at once.
import type { StoredRow } from '../../broker/logs/log-records.ts';

const pageBytes = 1024 * 1024;
const maxPageRows = 256;
/** Until it is known how large rows are. */
export const firstPageRows = 16;

/** Rows to ask for so that a page is about a megabyte, when they are as large as those of the one before. */
export function nextPageRows(page: readonly StoredRow[]): number {
  const sizeBytes = page.reduce((sum, { value }) => sum + value.length, 1);
  return Math.max(1, Math.min(maxPageRows, Math.floor((pageBytes * page.length) / sizeBytes)));
}
