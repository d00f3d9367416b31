// Encodes one part and reports to the pipeline that waits for it. One at a time a process: this scales by hosts.
import { app, type InvocationContext } from '@azure/functions';
import { type DurableClient, getClient, input } from 'durable-functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { encodeChunk } from '../../shared/contracts/videos.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { encodePart } from '../../shared/videos/encode-part.ts';
import type { Part } from '../../shared/videos/plan.ts';
import { type PartReport, type VideoContent, videoPipeline } from '../../shared/videos/video-pipeline.ts';

/** After so many deliveries the film is given up instead of the message. */
const lastDelivery = 3;

app.serviceBusQueue('encodeChunk', {
  ...queueTrigger(queues.encodeChunk),
  extraInputs: [input.durableClient()],
  handler: messageHandler({
    queue: queues.encodeChunk,
    contracts: [encodeChunk],
    handle: async ({ data: { instanceId, ...part } }, context) => {
      const report = await encodeOrGiveUp(part, context);
      if (report !== undefined) await tell(getClient(context), instanceId, report);
    },
  }),
});

async function encodeOrGiveUp(part: VideoContent & { part: Part }, context: InvocationContext) {
  const { videos, videoParts, files, engine } = await import('./ports.ts');
  try {
    return await encodePart({ videos, parts: videoParts, files, engine }, part);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'encoder-failed' || Number(context.triggerMetadata?.['deliveryCount'] ?? 1) < lastDelivery)
      throw error;
    context.error(`video ${part.videoId}, part ${part.part}: ${error.message}`);
    const ending = { status: 'failed', reason: 'encoder-failed', detail: 'The encoder failed several times' } as const;
    return { part: part.part, outcome: 'ended', ending } as const;
  }
}

/** A pipeline that has ended needs no report. @throws AppError messaging-unavailable */
async function tell(client: DurableClient, instanceId: string, report: PartReport): Promise<void> {
  try {
    await client.raiseEvent(instanceId, videoPipeline.chunkEncoded, report);
  } catch (cause) {
    if (cause instanceof Error && /404|410|no instance|completed|failed/i.test(cause.message)) return;
    throw new AppError('messaging-unavailable', 'The task hub does not take the report; it is sent again', { cause });
  }
}
