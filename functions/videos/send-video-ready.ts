// Event Grid tells that a video is ready; whoever asked for it gets one mail, however often that is told.
import { app, type EventGridEvent } from '@azure/functions';
import { ports } from '../../shared/adapters/ports.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { parseWith } from '../../shared/kernel/schema.ts';
import { videoReadyMail } from '../../shared/mail/video-ready.ts';
import { videoReady } from '../../shared/videos/messages.ts';
import { readVideo } from '../../shared/videos/read-video.ts';

app.eventGrid('sendVideoReady', {
  handler: async (event: EventGridEvent, context) => {
    try {
      const { videoId, durationSeconds } = parseWith(videoReady, event.data, 'invalid-message', 'The event VideoReady');
      const { videos, mailer } = ports();
      const { email, fileName } = await readVideo(videos, videoId);
      if (email !== undefined) await mailer.send(videoReadyMail({ videoId, fileName, durationSeconds }, email));
    } catch (thrown) {
      const error = toAppError(thrown);
      // Thrown, Event Grid delivers it again; what no repeat mends is dropped with a word in the log.
      if (error.kind === 'transient' || error.kind === 'unknown') throw error;
      context.error(`event ${event.id}: ${error.code}: ${error.message}`);
    }
  },
});
