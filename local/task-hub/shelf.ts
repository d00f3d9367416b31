// What is used now and was used last, in memory, one user at a time: whoever holds an item sees it as it was committed
// and changes it alone.
export interface ShelfOptions<Item> {
  readonly load: (id: string) => Promise<Item | undefined>;
  /** How much of the shelf an item takes. */
  readonly weightOf: (item: Item) => number;
  readonly mostWeight: number;
}

export class Shelf<Item> {
  readonly #options: ShelfOptions<Item>;
  /** Least recently used first. */
  readonly #kept = new Map<string, { readonly item: Item; readonly weight: number }>();
  readonly #lastInLine = new Map<string, Promise<unknown>>();
  #weight = 0;

  constructor(options: ShelfOptions<Item>) {
    this.#options = options;
  }

  /** As it was last committed, when it is in memory. */
  peek(id: string): Item | undefined {
    return this.#kept.get(id)?.item;
  }

  /** Runs `use` while nobody else reads or changes the item; undefined: there is none. */
  async use<T>(id: string, use: (item: Item | undefined) => Promise<T>): Promise<T> {
    const before = this.#lastInLine.get(id);
    const mine = before ? before.then(() => this.#find(id).then(use)) : this.#find(id).then(use);
    // Those behind wait for the end, whatever it is.
    const end = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#lastInLine.set(id, end);
    try {
      return await mine;
    } finally {
      if (this.#lastInLine.get(id) === end) this.#lastInLine.delete(id);
      this.#evict();
    }
  }

  /** After a change of the item, or for a new one. */
  keep(id: string, item: Item): void {
    this.forget(id);
    const weight = this.#options.weightOf(item);
    this.#kept.set(id, { item, weight });
    this.#weight += weight;
  }

  forget(id: string): void {
    this.#weight -= this.#kept.get(id)?.weight ?? 0;
    this.#kept.delete(id);
  }

  async #find(id: string): Promise<Item | undefined> {
    const found = this.peek(id) ?? (await this.#options.load(id));
    if (found) this.keep(id, found);
    return found;
  }

  /** An item in use must stay: another copy of it would miss what its user is about to change. */
  #evict(): void {
    for (const id of this.#kept.keys()) {
      if (this.#weight <= this.#options.mostWeight) return;
      if (!this.#lastInLine.has(id)) this.forget(id);
    }
  }
}
