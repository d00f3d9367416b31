// Event Grid tells that a video is ready; whoever asked for it gets one mail, however often that is told.
import { app } from '@azure/functions';
import { eventGridHandler } from '../../shared/adapters/functions/event-grid-handler.ts';
import { videoReady } from '../../shared/contracts/videos.ts';
import { readCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { videoReadyMail } from '../../shared/mail/video-ready.ts';
import { readVideo } from '../../shared/videos/read-video.ts';

app.eventGrid('sendVideoReady', {
  handler: eventGridHandler('sendVideoReady', async (event) => {
    const { videoId, durationSeconds } = readCloudEvent(event, [videoReady]).data;
    const { videos } = await import('./ports.ts');
    const { mailer } = await import('../mail/ports.ts');
    const { email, fileName } = await readVideo(videos, videoId);
    if (email !== undefined) await mailer.send(videoReadyMail({ videoId, fileName, durationSeconds }, email));
  }),
});
