// What the activities of the pipeline share. Durable retries whatever is thrown, so only what may pass is thrown.
import type { InvocationContext } from '@azure/functions';
import { app as durable } from 'durable-functions';
import { activity } from '../../shared/adapters/functions/activity.ts';
import { readVideo } from '../../shared/videos/read-video.ts';
import type { Video } from '../../shared/videos/video.ts';
import type { ActivityCall, StepAnswer } from '../../shared/videos/video-pipeline.ts';

export type ActivityInput = ActivityCall['input'];

export const done: StepAnswer = { outcome: 'done' };

const ended = (detail: string): StepAnswer => ({
  outcome: 'ended',
  ending: { status: 'failed', reason: 'internal-error', detail },
});

/** Registers an activity that works on the video as it is stored now. */
export function videoActivity(
  name: string,
  run: (video: Video, input: ActivityInput, context: InvocationContext) => Promise<StepAnswer>,
): void {
  durable.activity(name, {
    handler: activity<ActivityInput, StepAnswer>(
      async (input, context) => {
        const { videos } = await import('./ports.ts');
        return await run(await readVideo(videos, input.videoId), input, context);
      },
      { done, declined: ended('declined'), failed: ended },
    ),
  });
}

export const now = (): string => new Date().toISOString();
