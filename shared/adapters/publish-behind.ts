// Publishing behind the answer: what is stored has its hint, so nobody needs to wait until it has left. One order's messages leave
// one after the other; with too many orders on their way, whoever comes waits for its own.

/**
 * @param publish never rejects
 * @param atOnce orders on their way before callers wait, default 32
 */
export function publishBehind(
  publish: (orderId: string) => Promise<void>,
  atOnce = 32,
): (orderId: string) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const publishAfter = async (orderId: string, before: Promise<void> | undefined): Promise<void> => {
    await before;
    await publish(orderId);
  };
  const forgetAfter = async (orderId: string, work: Promise<void>): Promise<void> => {
    await work;
    if (underWay.get(orderId) === work) underWay.delete(orderId);
  };
  return async (orderId) => {
    const mustWait = underWay.size >= atOnce;
    const work = publishAfter(orderId, underWay.get(orderId));
    underWay.set(orderId, work);
    const over = forgetAfter(orderId, work);
    if (mustWait) await over;
  };
}
