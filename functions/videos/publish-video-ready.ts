import { events } from '../../shared/adapters/messaging/event-grid.ts';
import { videoReady } from '../../shared/contracts/videos.ts';
import { toCloudEvent } from '../../shared/kernel/cloud-event.ts';
import { deterministicId } from '../../shared/kernel/ids.ts';
import { videoPipeline } from '../../shared/videos/video-pipeline.ts';
import { done, now, videoActivity } from './video-activity.ts';

videoActivity(videoPipeline.publish, async ({ videoId, state }, { etag }) => {
  if (state.status !== 'ready') return done;
  const id = deterministicId('video-ready', videoId, etag);
  const data = { videoId, durationSeconds: state.plan.durationSeconds };
  await events.publish(toCloudEvent({ id, type: videoReady.type, subject: videoId, time: now(), data }));
  return done;
});
