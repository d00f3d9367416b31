// GET /dead-letters/batches/{batchId} and POST …/stop: how far a batch is, and its end before its time.
import { app } from '@azure/functions';
import { type DurableClient, getClient, input } from 'durable-functions';
import { z } from 'zod';
import { httpEndpoint, readOptionalJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import {
  type Batch,
  type BatchProgress,
  nothingDone,
  resubmitBatchRun,
} from '../../shared/dead-letters/resubmit-batch.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { isUuid } from '../../shared/kernel/ids.ts';

app.http('getDeadLetterBatch', {
  route: 'v1/dead-letters/batches/{batchId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  extraInputs: [input.durableClient()],
  handler: httpEndpoint(async (request, context) => ({
    jsonBody: await readBatch(getClient(context), request.params['batchId']),
  })),
});

app.http('stopDeadLetterBatch', {
  route: 'v1/dead-letters/batches/{batchId}/stop',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [input.durableClient()],
  handler: httpEndpoint(async (request, context) => {
    const { bytes } = await readOptionalJson(request, z.strictObject({}));
    return await answerOnce({ name: 'stop-dead-letter-batch', keeps: 'month' }, request, bytes, async () => {
      const client = getClient(context);
      const { id } = await readBatch(client, request.params['batchId']);
      const { batchStops } = await import('./ports.ts');
      await batchStops.stop(id);
      return { status: 202, jsonBody: await readBatch(client, id) };
    });
  }),
});

const states: Readonly<Record<string, 'completed' | 'failed'>> = {
  Completed: 'completed',
  Failed: 'failed',
  Terminated: 'failed',
};

/** @throws AppError batch-not-found */
async function readBatch(client: DurableClient, batchId: string | undefined) {
  if (batchId === undefined || !isUuid(batchId)) throw notFound();
  const status = await client.getStatus(batchId, { showInput: true }).catch((error: unknown) => {
    if (error instanceof Error && /404|no instance/i.test(error.message)) throw notFound();
    throw error;
  });
  if (status.name !== resubmitBatchRun.name) throw notFound();
  const { filter, ratePerSecond, by, note, startedAt } = status.input as Batch;
  const progress = (status.customStatus ?? nothingDone) as Partial<BatchProgress> & typeof nothingDone;
  const { stopped = false, ...counts } = progress;
  const ended = stopped ? 'stopped' : states[status.runtimeStatus];
  const { batchStops } = await import('./ports.ts');
  const running = (await batchStops.isStopped(batchId)) ? 'stopping' : 'running';
  return {
    id: batchId,
    state: ended ?? running,
    ...counts,
    ratePerSecond,
    filter,
    by,
    ...(note === undefined ? {} : { note }),
    startedAt,
    updatedAt: status.lastUpdatedTime,
  };
}

const notFound = (): AppError => new AppError('batch-not-found', 'There is no batch of this id');
