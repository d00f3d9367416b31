import type { StockDecision, StockLevel, StockState } from './stock.ts';

export interface StockStore {
  level(sku: string): Promise<StockLevel | undefined>;
  /**
   * Reads counter and reservation, decides, writes both in one batch; decides again when another writer was quicker.
   * @throws AppError product-not-found, concurrent-change, storage-unavailable
   */
  change<Outcome>(
    sku: string,
    orderId: string,
    decide: (state: StockState) => StockDecision<Outcome>,
  ): Promise<Outcome>;
  /** Puts a first level on the shelf; one that exists stays as it is. */
  addIfAbsent(level: StockLevel): Promise<void>;
}
