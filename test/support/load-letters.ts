// Puts dead letters straight into a running local Azure, as many as a test or benchmark wants, past the queue and its processor.
import type { Arrival } from '../../shared/dead-letters/arrival.ts';
import type { DeadLetter } from '../../shared/dead-letters/dead-letter.ts';
import { tableDeadLetters } from '../../shared/adapters/tables/dead-letters.ts';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { containers, tables } from '../../shared/kernel/topology.ts';
import { blobsOf, tableOf } from './azure-storage.ts';
import { arrive } from './given-letter.ts';
import type { LocalAzure } from './local-azure.ts';

export const lettersOf = (azure: LocalAzure) =>
  tableDeadLetters(tableOf(azure, tables.deadLetters), blobsOf(azure).getContainerClient(containers.deadLetterBodies));

/** Each arrives a millisecond after the one before, beginning an hour ago. */
export async function loadLetters(azure: LocalAzure, arrivals: readonly Arrival[]): Promise<readonly DeadLetter[]> {
  const store = lettersOf(azure);
  const beginMs = Date.now() - 3_600_000;
  const letters: DeadLetter[] = [];
  await forEachAtOnce(arrivals.entries(), 24, async ([place, arrival]) => {
    letters.push(await arrive(store, arrival, new Date(beginMs + place).toISOString()));
  });
  return letters;
}
