// Whoever waits for a turn goes on in an order that follows from the seed alone, one after the other.

export interface ShuffledTurns {
  readonly turn: () => Promise<void>;
  readonly turns: (count: number) => Promise<void>;
  /** Gives turns until the work is done. @throws Error when the work waits for something else */
  readonly until: <T>(work: Promise<T>) => Promise<T>;
}

export function shuffledTurns(seed: number): ShuffledTurns {
  const waiting: (() => void)[] = [];
  const next = xorshift(seed);
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve));
  return {
    turn,
    turns: async (count) => {
      for (let n = 0; n < count; n += 1) await turn();
    },
    until: async (work) => {
      let isOpen = true;
      const close = () => void (isOpen = false);
      work.then(close, close);
      for (;;) {
        // After every promise that can go on has gone on.
        await new Promise(setImmediate);
        if (!isOpen) return await work;
        const [resolve] = waiting.splice(next() % waiting.length, 1);
        if (resolve === undefined) throw new Error('nobody waits for a turn, and the work is not done');
        resolve();
      }
    },
  };
}

/** Marsaglia, Xorshift RNGs: whole numbers of 32 bits. */
function xorshift(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
