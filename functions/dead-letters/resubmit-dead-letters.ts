// POST /dead-letters/resubmit { filter, ratePerSecond?, dryRun?, note? }: every open letter that the filter finds now, at a rate.
import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { z } from 'zod';
import { callerOf } from '../../shared/adapters/functions/caller.ts';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import { startOnce } from '../../shared/adapters/functions/start-once.ts';
import type { DeadLetterFilter } from '../../shared/dead-letters/dead-letter.ts';
import { dryRunOfFilter } from '../../shared/dead-letters/dry-run.ts';
import { type Batch, rates, resubmitBatchRun } from '../../shared/dead-letters/resubmit-batch.ts';
import { filterFields } from './letter-filter.ts';
import { paragraphs } from '../../shared/kernel/text.ts';

const bodySchema = z.strictObject({
  filter: z.strictObject(filterFields).describe('{} finds all that are open'),
  ratePerSecond: z.int().min(rates.least).max(rates.most).default(rates.usual),
  dryRun: z.boolean().default(false).describe('says what would happen, and does nothing'),
  note: paragraphs(1_000).optional(),
});

app.http('resubmitDeadLetters', {
  route: 'v1/dead-letters/resubmit',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [input.durableClient()],
  handler: httpEndpoint(async (request, context) => {
    const { value, bytes } = await readJson(request, bodySchema);
    const { ratePerSecond, note } = value;
    const filter: DeadLetterFilter = { ...value.filter, state: 'open' };
    if (value.dryRun) {
      const { resubmitPorts } = await import('./resubmit-ports.ts');
      return { jsonBody: await dryRunOfFilter(resubmitPorts(), filter) };
    }
    return await answerOnce({ name: 'resubmit-dead-letters', keeps: 'month' }, request, bytes, async ({ id, at }) => {
      const until = [filter.until ?? at, at].toSorted()[0];
      const told = { by: callerOf(request), ...(note === undefined ? {} : { note }) };
      const batch: Batch = { batchId: id, filter: { ...filter, until }, ratePerSecond, startedAt: at, ...told };
      await startOnce(getClient(context), resubmitBatchRun.name, id, batch);
      const location = `/api/v1/dead-letters/batches/${id}`;
      return { status: 202, headers: { location }, jsonBody: { id, state: 'running', ratePerSecond, startedAt: at } };
    });
  }),
});
