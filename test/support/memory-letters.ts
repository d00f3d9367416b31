// Dead letters in memory, each change whole.
import { createHash } from 'node:crypto';
import type { DeadLetter, DeadLetterEntry } from '../../shared/dead-letters/dead-letter.ts';
import type { DeadLetterStore } from '../../shared/dead-letters/dead-letter-store.ts';
import { AppError } from '../../shared/kernel/errors.ts';

export interface MemoryLetters extends DeadLetterStore {
  readonly letters: Map<string, DeadLetter>;
  /** As `history`, without asking. */
  entries(id: string): readonly DeadLetterEntry[];
}

/** Lists and groups are the table's: nothing here asks for them. */
export function memoryLetters(): MemoryLetters {
  const letters = new Map<string, DeadLetter>();
  const histories = new Map<string, DeadLetterEntry[]>();
  const bodies = new Map<string, Uint8Array>();
  return {
    letters,
    entries: (id) => histories.get(id) ?? [],
    get: async (id) => letters.get(id),
    history: async (id) => histories.get(id) ?? [],
    change: async (id, decide) => {
      const change = decide(letters.get(id));
      if (change === undefined) return letters.get(id);
      letters.set(id, change.letter);
      if (change.entry !== undefined) histories.set(id, [...(histories.get(id) ?? []), change.entry]);
      return change.letter;
    },
    body: async (id, hash = letters.get(id)?.bodySha256) => {
      const body = bodies.get(`${id}/${hash}`);
      if (body === undefined) throw new AppError('dead-letter-not-found', `There is no body ${hash} of ${id}`);
      return body;
    },
    putBody: async (id, body) => {
      const hash = createHash('sha256').update(body).digest('hex');
      bodies.set(`${id}/${hash}`, body);
      return hash;
    },
    list: async () => ({ items: [...letters.values()] }),
    groups: async () => [],
  };
}
