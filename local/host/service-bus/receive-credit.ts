// How many messages a receiver may hold locked: what can run, and prefetchCount more that wait here.
import type { ServiceBusOptions } from '../host-json.ts';
import type { MessageRunnerOptions } from './message-runner.ts';

/** The receiver's window of unsettled deliveries in the SDK. */
export const maxCredit = 2047;

export function creditOf(
  { maxConcurrentCalls, maxBatchSize }: Pick<MessageRunnerOptions, 'maxConcurrentCalls' | 'maxBatchSize'>,
  { prefetchCount }: Pick<ServiceBusOptions, 'prefetchCount'>,
): number {
  return Math.min(maxCredit, Math.max(maxConcurrentCalls, maxBatchSize) + prefetchCount);
}
