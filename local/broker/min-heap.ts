// A binary heap that yields the item with the lowest score first.

export class MinHeap<T> {
  readonly #scoreOf: (item: T) => number;
  #items: T[] = [];

  constructor(scoreOf: (item: T) => number) {
    this.#scoreOf = scoreOf;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    const score = this.#scoreOf(item);
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex] as T;
      if (this.#scoreOf(parent) <= score) break;
      items[index] = parent;
      index = parentIndex;
    }
    items[index] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  #sink(item: T): void {
    const items = this.#items;
    const score = this.#scoreOf(item);
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const rightIsLower = right < items.length && this.#scoreOf(items[right] as T) < this.#scoreOf(items[left] as T);
      const childIndex = rightIsLower ? right : left;
      const child = items[childIndex] as T;
      if (this.#scoreOf(child) >= score) break;
      items[index] = child;
      index = childIndex;
    }
    items[index] = item;
  }
}
