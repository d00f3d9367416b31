// Messages between instances and entities: each is committed with its sender's step, and leaves the store in the same
// commit as what it does to its receiver. A receiver gets them one after the other in the order they were sent.
import type { Clock } from '../clock.ts';
import type { Change, Store } from '../store/store.ts';
import type { Message } from './instance.ts';
import { eachRow, padded, parse, put, remove } from './rows.ts';

export interface PostOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Must commit `delivered` with what the message does; it is tried again when this rejects. */
  readonly deliver: (message: Message, delivered: Change) => Promise<void>;
  readonly onError: (message: Message, error: unknown) => void;
}

interface Letter {
  readonly number: number;
  readonly message: Message;
}

/** Messages that are to be committed now and sent after that. */
export interface Parcel {
  readonly changes: readonly Change[];
  readonly letters: readonly Letter[];
}

const space = 'task-hub.messages';
const redeliveryMs = 1_000;
const rowKey = (number: number) => padded(number, 16);

export class Post {
  readonly #options: PostOptions;
  readonly #lanes = new Map<string, Letter[]>();
  readonly #emptying = new Set<Promise<void>>();
  #lastNumber = 0;
  #isClosed = false;

  constructor(options: PostOptions) {
    this.#options = options;
  }

  /** Sends again what was not delivered when the hub ended. */
  async recover(): Promise<void> {
    const letters: Letter[] = [];
    for await (const { key, value } of eachRow(this.#options.store, space))
      letters.push({ number: Number(key), message: parse(value) as Message });
    this.#lastNumber = letters.at(-1)?.number ?? 0;
    this.send({ changes: [], letters });
  }

  pack(messages: readonly Message[]): Parcel {
    const letters = messages.map((message) => ({ number: ++this.#lastNumber, message }));
    return { letters, changes: letters.map(({ number, message }) => put(space, rowKey(number), message)) };
  }

  /** The parcel's changes must have been committed. */
  send({ letters }: Parcel): void {
    for (const letter of letters) {
      const lane = this.#lanes.get(letter.message.to);
      if (lane) lane.push(letter);
      else {
        this.#lanes.set(letter.message.to, [letter]);
        this.#startEmptying(letter.message.to);
      }
    }
  }

  /** Resolves when what is being delivered is; the rest stays in the store. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#emptying);
  }

  #startEmptying(to: string): void {
    const emptied = this.#empty(to).finally(() => this.#emptying.delete(emptied));
    this.#emptying.add(emptied);
  }

  async #empty(to: string): Promise<void> {
    const { deliver, onError, clock } = this.#options;
    const lane = this.#lanes.get(to) ?? [];
    for (let letter = lane[0]; letter && !this.#isClosed; letter = lane[0]) {
      try {
        await deliver(letter.message, remove(space, rowKey(letter.number)));
        lane.shift();
      } catch (error) {
        if (this.#isClosed) return;
        onError(letter.message, error);
        clock.setTimer(clock.now() + redeliveryMs, () => this.#startEmptying(to));
        return;
      }
    }
    this.#lanes.delete(to);
  }
}
