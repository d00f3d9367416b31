// One encode at a time in a process: two side by side are no faster, and double the memory.
import { AppError } from '../../kernel/errors.ts';

export interface Turnstile {
  /** Waits for its turn; dispose to give it on. @throws AppError encoder-busy after the wait */
  enter(): Promise<Disposable>;
}

export function turnstile(waitMs: number): Turnstile {
  const queue: (() => void)[] = [];
  let taken = false;
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) taken = false;
    else next();
  };
  return {
    enter: () =>
      new Promise((resolve, reject) => {
        const turn = (): void => {
          clearTimeout(timer);
          resolve({ [Symbol.dispose]: leave });
        };
        const timer = setTimeout(() => {
          queue.splice(queue.indexOf(turn), 1);
          reject(new AppError('encoder-busy', 'Other films are being encoded; this one is put off'));
        }, waitMs);
        if (taken) queue.push(turn);
        else {
          taken = true;
          turn();
        }
      }),
  };
}
