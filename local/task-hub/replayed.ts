// Which worker has replayed how much of which instance: it need only be sent what has been added since.
import type { ReplayedEpisode } from '../durable-protocol/work.ts';

const mostInstances = 10_000;

export class Replayed {
  /** Least recently replayed first. */
  readonly #episodes = new Map<string, ReplayedEpisode & { readonly workerId: string }>();

  /** `workerId` has just replayed the first `length` events of the history. */
  note(instanceId: string, workerId: string, { leaseId, length }: ReplayedEpisode): void {
    this.#episodes.delete(instanceId);
    this.#episodes.set(instanceId, { workerId, leaseId, length });
    for (const oldest of this.#episodes.keys()) {
      if (this.#episodes.size <= mostInstances) return;
      this.#episodes.delete(oldest);
    }
  }

  by(workerId: string, instanceId: string): ReplayedEpisode | undefined {
    const episode = this.#episodes.get(instanceId);
    return episode?.workerId === workerId ? episode : undefined;
  }

  forget(instanceId: string): void {
    this.#episodes.delete(instanceId);
  }
}
