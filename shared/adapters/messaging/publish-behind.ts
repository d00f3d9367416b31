// Publishing behind the answer: what is stored has its hint, so nobody needs to wait until it has left. One order's messages leave
// one after the other; with too many orders on their way, whoever comes waits for its own.
import type { OrderChangePorts } from '../../orders/append-events.ts';

type Published = Parameters<OrderChangePorts['publish']>;

/**
 * @param publish never rejects
 * @param atOnce orders on their way before callers wait, default 32
 */
export function publishBehind(publish: OrderChangePorts['publish'], atOnce = 32): OrderChangePorts['publish'] {
  const underWay = new Map<string, Promise<void>>();
  const publishAfter = async (before: Promise<void> | undefined, what: Published): Promise<void> => {
    await before;
    await publish(...what);
  };
  const forgetAfter = async (orderId: string, work: Promise<void>): Promise<void> => {
    await work;
    if (underWay.get(orderId) === work) underWay.delete(orderId);
  };
  return async (...what) => {
    const [orderId] = what;
    const mustWait = underWay.size >= atOnce;
    const work = publishAfter(underWay.get(orderId), what);
    underWay.set(orderId, work);
    const over = forgetAfter(orderId, work);
    if (mustWait) await over;
  };
}
