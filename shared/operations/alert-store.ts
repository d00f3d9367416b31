import type { Alert } from './alert.ts';

/** All throw AppError storage-unavailable. */
export interface AlertStore {
  /**
   * Stores what `decide` answers for the alert as it stands, and decides anew when another writer was quicker. Answers the alert as
   * it stands then.
   * @throws AppError concurrent-change
   */
  change(alertId: string, decide: (alert: Alert | undefined) => Alert | undefined): Promise<Alert | undefined>;
  /** Those that are raised, and those whose last turn is not told. */
  pending(): Promise<readonly Alert[]>;
}
