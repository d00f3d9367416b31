// Group commit: what is asked for one key while an earlier group of it is under way goes together, as the next group.

interface Asked<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers a function that hands an item to `run` and settles when its group has. Groups of one key run one after the other, items
 * in the order they came; keys do not wait for each other. A group that fails fails for each of its items.
 * @param atMost items a group
 */
export function gatherByKey<Item>(
  atMost: number,
  run: (key: string, items: readonly Item[]) => Promise<void>,
): (key: string, item: Item) => Promise<void> {
  const waiting = new Map<string, Asked<Item>[]>();
  const drain = async (key: string, asked: Asked<Item>[]): Promise<void> => {
    // Whoever asks in the same turn comes along.
    await Promise.resolve();
    while (asked.length > 0) {
      const group = asked.splice(0, atMost);
      try {
        await run(
          key,
          group.map(({ item }) => item),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    waiting.delete(key);
  };
  return (key, item) =>
    new Promise((resolve, reject) => {
      const entry = { item, resolve, reject };
      const begun = waiting.get(key);
      if (begun !== undefined) {
        begun.push(entry);
        return;
      }
      const asked = [entry];
      waiting.set(key, asked);
      void drain(key, asked);
    });
}
