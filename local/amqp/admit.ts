// Lets a link in or refuses it: an attach, then a detach that says why. [AMQP 1.0 §2.6.3]
import { toAmqpFailure } from './conditions.ts';
import type { Link } from './rhea-internals.ts';

/** True when `check` passes; otherwise the link is closed with what it threw. */
export function admit(link: Link, check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    refuse(link, error);
    return false;
  }
}

export function refuse(link: Link, error: unknown): void {
  const { condition, description } = toAmqpFailure(error);
  link.close({ condition, description });
}
