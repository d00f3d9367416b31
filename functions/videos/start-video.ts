// One pipeline a content, whatever comes twice: the instance's id follows from the video and the ETag that was taken in.
import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { startOnce } from '../../shared/adapters/functions/start-once.ts';
import { processVideo } from '../../shared/contracts/videos.ts';
import { deterministicId } from '../../shared/kernel/ids.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { videoPipeline } from '../../shared/videos/video-pipeline.ts';

app.serviceBusQueue('startVideo', {
  ...queueTrigger(queues.videoUploaded),
  extraInputs: [input.durableClient()],
  handler: messageHandler({
    queue: queues.videoUploaded,
    contracts: [processVideo],
    handle: async ({ data }, context) => {
      const instanceId = deterministicId(videoPipeline.name, data.videoId, data.etag);
      await startOnce(getClient(context), videoPipeline.name, instanceId, data);
    },
  }),
});
