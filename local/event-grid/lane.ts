// The deliveries of one subscription in the order they are due, a few at a time: a slow endpoint holds up nobody but itself.
import { MinHeap } from '../broker/min-heap.ts';
import type { Clock } from '../clock.ts';
import type { Delivery } from './delivery.ts';

const mostAtOnce = 16;

export interface Lane {
  add(delivery: Delivery): void;
  /** True when no attempt is under way. */
  isIdle(): boolean;
  /** Nothing leaves before. */
  open(): void;
  /** Nothing new leaves; resolves when the last attempt under way has ended. */
  close(): Promise<void>;
}

/** `attempt` answers what is left to do, undefined when it is done. It must not reject. */
export function createLane(clock: Clock, attempt: (delivery: Delivery) => Promise<Delivery | undefined>): Lane {
  const waiting = new MinHeap<Delivery>(({ nextAttemptAtMs }) => nextAttemptAtMs);
  const underWay = new Set<Promise<void>>();
  let timer: { cancel(): void } | undefined;
  let isOpen = false;

  const next = () => (isOpen && underWay.size < mostAtOnce ? waiting.peek() : undefined);

  function run(): void {
    timer?.cancel();
    timer = undefined;
    for (let delivery = next(); delivery; delivery = next()) {
      if (delivery.nextAttemptAtMs > clock.now()) {
        timer = clock.setTimer(delivery.nextAttemptAtMs, run);
        return;
      }
      waiting.pop();
      start(delivery);
    }
  }

  function start(delivery: Delivery): void {
    const ended = attempt(delivery).then((rest) => {
      underWay.delete(ended);
      if (rest) waiting.push(rest);
      return run();
    });
    underWay.add(ended);
  }

  return {
    add: (delivery) => {
      waiting.push(delivery);
      run();
    },
    isIdle: () => underWay.size === 0,
    open: () => {
      isOpen = true;
      run();
    },
    close: async () => {
      isOpen = false;
      timer?.cancel();
      await Promise.all(underWay);
    },
  };
}
