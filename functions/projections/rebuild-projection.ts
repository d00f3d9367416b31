// POST /projections/{name}/rebuild { from? }. Without `from` the projection is built anew beside the one that is read, and the two
// are swapped at the end. With `from` the orders changed since then are put into the one that is read: what a follower missed.
// Who asks again while it runs is told of the one that runs.
import { app } from '@azure/functions';
import { type DurableClient, getClient, input, OrchestrationRuntimeStatus } from 'durable-functions';
import { z } from 'zod';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { answerOnce } from '../../shared/adapters/functions/run-once.ts';
import { startOnce } from '../../shared/adapters/functions/start-once.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { beginRebuild, type ProjectionName, type Rebuild } from '../../shared/projections/projection.ts';
import { firstStep } from '../../shared/projections/rebuild.ts';
import { projectionRebuild } from './projection-rebuild.ts';
import { toProjectionName } from './projection-name.ts';

const bodySchema = z.strictObject({
  from: z.iso.datetime().optional().describe('only orders changed since then, into the projection that is read'),
});

app.http('rebuildProjection', {
  route: 'v1/projections/{name}/rebuild',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [input.durableClient()],
  handler: httpEndpoint(async (request, context) => {
    const name = toProjectionName(request.params['name']);
    const { value, bytes } = await readJson(request, bodySchema);
    const from = value.from && new Date(value.from).toISOString();
    return await answerOnce({ name: 'rebuild-projection', keeps: 'month' }, request, bytes, async () => {
      const client = getClient(context);
      const rebuild = await begin(client, name, from);
      await startOnce(client, projectionRebuild, rebuild.id, firstStep(name, rebuild));
      return {
        status: 202,
        headers: { location: `/api/v1/projections/${name}` },
        jsonBody: { name, id: rebuild.id, from: rebuild.from, startedAt: rebuild.startedAt },
      };
    });
  }),
});

/** The rebuild that runs, which may be another's of the same kind. @throws AppError projection-being-rebuilt */
async function begin(client: DurableClient, name: ProjectionName, from: string | undefined): Promise<Rebuild> {
  const { projections } = await import('./ports.ts');
  const wish = { id: newId(), from, at: new Date().toISOString() };
  const { rebuild: earlier } = await projections.read(name);
  const ended = earlier !== undefined && (await hasEnded(client, earlier.id)) ? earlier.id : undefined;
  const { rebuild } = await projections.change(name, (projection) => beginRebuild(projection, wish, ended));
  if (rebuild === undefined || rebuild.from !== from) {
    const detail = `${name} is being rebuilt ${rebuild?.from === undefined ? 'whole' : `from ${rebuild.from} on`}; wait for its end`;
    throw new AppError('projection-being-rebuilt', detail);
  }
  return rebuild;
}

/** One that was never started has not ended. */
async function hasEnded(client: DurableClient, instanceId: string): Promise<boolean> {
  const { Completed, Failed, Terminated } = OrchestrationRuntimeStatus;
  try {
    const { runtimeStatus } = await client.getStatus(instanceId);
    return [Completed, Failed, Terminated].includes(runtimeStatus);
  } catch (error) {
    if (error instanceof Error && /404|no instance/i.test(error.message)) return false;
    throw error;
  }
}
