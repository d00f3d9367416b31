// A broker of one queue and its dead letters, small enough to be believed: locks, delivery counts, duplicate detection, scheduled
// messages and sessions, on a clock that only moves when somebody waits. It drives a real Service Bus function, one message at a time.
import { InvocationContext, type ServiceBusQueueHandler } from '@azure/functions';
import type { ServiceBusMessage } from '@azure/service-bus';

const lockMs = 5 * 60_000;
const duplicateWindowMs = 10 * 60_000;
const maxDeliveries = 3;

interface Held {
  readonly message: ServiceBusMessage;
  readonly sequence: number;
  readonly enqueuedAt: number;
  deliveries: number;
  lockedUntil: number;
}

export interface DeadLetter {
  readonly message: ServiceBusMessage;
  /** Who put it there: the app with a reason, or the broker after the last delivery. */
  readonly by: 'app' | 'broker';
}

/** A process that is dead answers nothing any more. */
export class Crashes {
  #steps = 0;
  #died = Promise.withResolvers<'died'>();
  readonly #at: ReadonlySet<number>;

  /** @param at the numbers of the awaits it dies in, counted over all its lives */
  constructor(at: readonly number[]) {
    this.#at = new Set(at);
  }

  /** Every await of the program under test stands here first. */
  async point(): Promise<void> {
    this.#steps += 1;
    if (!this.#at.has(this.#steps)) return;
    this.#died.resolve('died');
    await new Promise(() => {});
  }

  /** Runs one life: answers 'died' when it did not come to its end. */
  async live<T>(life: () => Promise<T>): Promise<T | 'died'> {
    this.#died = Promise.withResolvers<'died'>();
    return await Promise.race([life(), this.#died.promise]);
  }
}

export class ModelBroker {
  now = Date.UTC(2030, 0, 1);
  readonly deadLetters: DeadLetter[] = [];
  readonly #queue: Held[] = [];
  readonly #seen = new Map<string, number>();
  readonly #hasSessions: boolean;
  #sequence = 0;

  /** `hasSessions`: the queue keeps the order of a session's messages. */
  constructor(hasSessions: boolean) {
    this.#hasSessions = hasSessions;
  }

  /** Every message that waits in the queue, locked and scheduled ones too. */
  get waiting(): readonly ServiceBusMessage[] {
    return this.#queue.map(({ message }) => message);
  }

  accept(entity: string, message: ServiceBusMessage): void {
    if (entity === 'dead-letters') {
      this.deadLetters.push({ message, by: 'app' });
      return;
    }
    const id = String(message.messageId);
    const seenAt = this.#seen.get(id);
    if (seenAt !== undefined && this.now - seenAt < duplicateWindowMs) return;
    this.#seen.set(id, this.now);
    const enqueuedAt = Math.max(this.now, message.scheduledEnqueueTimeUtc?.getTime() ?? 0);
    this.#sequence += 1;
    this.#queue.push({ message, sequence: this.#sequence, enqueuedAt, deliveries: 0, lockedUntil: 0 });
  }

  /** Delivers one message after another until nothing waits; time passes to the next that may come. */
  async drain(handler: ServiceBusQueueHandler, crashes: Crashes, check: () => void): Promise<void> {
    for (let deliveries = 0; this.#queue.length > 0; deliveries += 1) {
      if (deliveries > 10_000) throw new Error('it never ends');
      const held = this.#next();
      this.now = Math.max(this.now, held.enqueuedAt, held.lockedUntil);
      if (held.deliveries === maxDeliveries) {
        this.#remove(held);
        this.deadLetters.push({ message: held.message, by: 'broker' });
      } else {
        await this.#deliver(held, handler, crashes);
      }
      check();
    }
  }

  /** The first that may be delivered; where sessions are kept, of each only its oldest may. */
  #next(): Held {
    const readyAt = (held: Held): number => Math.max(held.enqueuedAt, held.lockedUntil);
    const first = this.#queue
      .filter(({ message: { sessionId } }, index) => {
        const isOfSession = (other: Held): boolean => other.message.sessionId === sessionId;
        return !this.#hasSessions || sessionId === undefined || this.#queue.findIndex(isOfSession) === index;
      })
      .toSorted(
        (a, b) => Math.max(this.now, readyAt(a)) - Math.max(this.now, readyAt(b)) || a.sequence - b.sequence,
      )[0];
    if (first === undefined) throw new Error('nothing waits');
    return first;
  }

  async #deliver(held: Held, handler: ServiceBusQueueHandler, crashes: Crashes): Promise<void> {
    held.deliveries += 1;
    held.lockedUntil = Number.POSITIVE_INFINITY;
    const end = await crashes.live(async () => {
      try {
        await handler(held.message.body, this.#context(held));
      } catch {
        await crashes.point();
        return 'abandon' as const;
      }
      await crashes.point();
      return 'complete' as const;
    });
    // The lock is renewed while its holder lives.
    held.lockedUntil = end === 'died' ? this.now + lockMs : 0;
    if (end === 'complete') this.#remove(held);
  }

  #remove(held: Held): void {
    this.#queue.splice(this.#queue.indexOf(held), 1);
  }

  #context({ message, sequence, enqueuedAt, deliveries }: Held): InvocationContext {
    const { messageId, subject, correlationId, sessionId, applicationProperties } = message;
    return new InvocationContext({
      functionName: 'model',
      logHandler: () => {},
      triggerMetadata: {
        messageId,
        subject,
        correlationId,
        sessionId,
        applicationProperties: applicationProperties ?? {},
        sequenceNumber: sequence,
        deliveryCount: deliveries,
        enqueuedTimeUtc: new Date(enqueuedAt).toISOString(),
      },
    });
  }
}
