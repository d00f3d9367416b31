// Calls that wait for their turn are served together: those that come while one of their key is being served are taken in one go.

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * @param serve called once for all that wait; takes them when its turn has come, and answers each in their order. What it throws, they
 * throw.
 */
export function gather<Item, Answer>(
  serve: (key: string, take: () => readonly Item[]) => Promise<readonly Answer[]>,
): (key: string, item: Item) => Promise<Answer> {
  const waiting = new Map<string, Waiting<Item, Answer>[]>();

  async function serveAll(key: string): Promise<void> {
    let taken: readonly Waiting<Item, Answer>[] | undefined;
    const take = () => {
      taken = waiting.get(key) ?? [];
      waiting.delete(key);
      return taken.map(({ item }) => item);
    };
    try {
      const answers = await serve(key, take);
      for (const [index, { resolve }] of (taken ?? []).entries()) resolve(answers[index] as Answer);
    } catch (error) {
      if (!taken) take();
      for (const { reject } of taken ?? []) reject(error);
    }
  }

  return (key, item) =>
    new Promise((resolve, reject) => {
      const call = { item, resolve, reject };
      const others = waiting.get(key);
      if (others) return void others.push(call);
      waiting.set(key, [call]);
      void serveAll(key);
    });
}
