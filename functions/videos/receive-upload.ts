// Event Grid tells of a finished upload. What it says is a hint only: the stored video and the blob decide.
import { app } from '@azure/functions';
import { eventGridHandler } from '../../shared/adapters/functions/event-grid-handler.ts';
import { outboxSender } from '../../shared/adapters/messaging/outbox-sender.ts';
import { uuidPattern } from '../../shared/kernel/ids.ts';
import { containers } from '../../shared/kernel/topology.ts';
import { receiveUpload } from '../../shared/videos/receive-upload.ts';

const uploads = new RegExp(`/containers/${containers.incoming}/blobs/(${uuidPattern})$`);

app.eventGrid('receiveUpload', {
  handler: eventGridHandler('receiveUpload', async ({ subject }, context) => {
    const videoId = uploads.exec(subject)?.[1];
    if (videoId === undefined) {
      context.warn(`no upload of ours: ${subject}`);
      return;
    }
    const { videos, files } = await import('./ports.ts');
    const reception = await receiveUpload(
      {
        videos,
        files,
        send: (message) => outboxSender.send(message.destination, [message]),
        now: () => new Date().toISOString(),
      },
      videoId,
    );
    context.log(`upload of video ${videoId}: ${reception}`);
  }),
});
