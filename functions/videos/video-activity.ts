// What the activities of the pipeline share. Durable retries whatever is thrown, so only what may pass is thrown.
import type { InvocationContext } from '@azure/functions';
import { app as durable } from 'durable-functions';
import { ports } from '../../shared/adapters/ports.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { readVideo } from '../../shared/videos/read-video.ts';
import type { Video } from '../../shared/videos/video.ts';
import type { ActivityCall, StepAnswer } from '../../shared/videos/video-pipeline.ts';

export type ActivityInput = ActivityCall['input'];

export const done: StepAnswer = { outcome: 'done' };

/** Registers an activity that works on the video as it is stored now. */
export function videoActivity(
  name: string,
  run: (video: Video, input: ActivityInput, context: InvocationContext) => Promise<StepAnswer>,
): void {
  durable.activity(name, {
    handler: async (input: ActivityInput, context: InvocationContext): Promise<StepAnswer> => {
      try {
        return await run(await readVideo(ports().videos, input.videoId), input, context);
      } catch (thrown) {
        const error = toAppError(thrown);
        context.warn(`${name} of video ${input.videoId}: ${error.code}: ${error.message}`, error.cause ?? error);
        if (error.kind === 'transient' || error.kind === 'unknown') throw error;
        const detail = `${error.code}: ${error.message}`;
        return { outcome: 'ended', ending: { status: 'failed', reason: 'internal-error', detail } };
      }
    },
  });
}

export const now = (): string => new Date().toISOString();
