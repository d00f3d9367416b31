import type { Reservation, StockDecision, StockLevel, StockState } from './stock.ts';

export interface StockStore {
  level(sku: string): Promise<StockLevel | undefined>;
  /**
   * Reads counter and reservation, decides, writes both in one batch; decides again when another writer was quicker. Changes of one
   * SKU that are asked for at the same moment share a batch, in the order they came.
   * @throws AppError product-not-found, concurrent-change, storage-unavailable: then the change may have taken place or not, and
   * asking again finds out
   */
  change<Outcome>(
    sku: string,
    orderId: string,
    decide: (state: StockState) => StockDecision<Outcome>,
  ): Promise<Outcome>;
  /** Puts the first units of a SKU on the shelf; where there were some before, nothing happens. */
  addIfAbsent(sku: string, units: number): Promise<void>;
  /** Every reservation there ever was, in the order of the orders' ids. */
  reservations(sku: string): AsyncIterable<Reservation>;
  /** Orders whose hold ended at `now` or before, the longest ended first. */
  expired(sku: string, now: number): AsyncIterable<string>;
  /**
   * Writes the level anew where it is not what the reservations make it, unless one changes meanwhile.
   * @returns the level before and after, undefined where nothing was written
   */
  mend(sku: string): Promise<{ readonly before: StockLevel; readonly after: StockLevel } | undefined>;
}
