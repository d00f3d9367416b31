// Who works on what: an item handed to a worker stays with it until the work is done, the worker is not heard of for
// the length of a lease, or its connection breaks and it does not come back at once.
export interface Lease<Item> {
  readonly leaseId: string;
  readonly workerId: string;
  readonly item: Item;
  expiresAtMs: number;
}

/** After its connection broke a worker has this long to be heard of again. */
export const graceMs = 2_000;

export class Leases<Item> {
  readonly #leases = new Map<string, Lease<Item>>();
  readonly #leaseMs: number;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  isEmpty(): boolean {
    return this.#leases.size === 0;
  }

  get(leaseId: string): Lease<Item> | undefined {
    return this.#leases.get(leaseId);
  }

  grant(leaseId: string, workerId: string, item: Item, nowMs: number): void {
    this.#leases.set(leaseId, { leaseId, workerId, item, expiresAtMs: nowMs + this.#leaseMs });
  }

  /** Only the leases the worker names: one it never heard of, because the answer was lost, runs out. */
  renew(leaseIds: readonly string[], nowMs: number): void {
    for (const leaseId of leaseIds) {
      const lease = this.#leases.get(leaseId);
      if (lease) lease.expiresAtMs = nowMs + this.#leaseMs;
    }
  }

  release(leaseId: string): void {
    this.#leases.delete(leaseId);
  }

  /** The worker's connection broke. */
  shorten(workerId: string, nowMs: number): void {
    for (const lease of this.#leases.values())
      if (lease.workerId === workerId) lease.expiresAtMs = Math.min(lease.expiresAtMs, nowMs + graceMs);
  }

  /** Takes back what the worker holds: it has said goodbye. */
  takeBack(workerId: string): Item[] {
    return this.#take((lease) => lease.workerId === workerId);
  }

  takeExpired(nowMs: number): Item[] {
    return this.#take((lease) => lease.expiresAtMs <= nowMs);
  }

  /** Undefined: nothing is leased. */
  nextExpiryMs(): number | undefined {
    let earliest: number | undefined;
    for (const { expiresAtMs } of this.#leases.values())
      if (earliest === undefined || expiresAtMs < earliest) earliest = expiresAtMs;
    return earliest;
  }

  #take(isTaken: (lease: Lease<Item>) => boolean): Item[] {
    const taken = [...this.#leases.values()].filter(isTaken);
    for (const { leaseId } of taken) this.#leases.delete(leaseId);
    return taken.map(({ item }) => item);
  }
}
