// The child process that touches films: one job, then it ends. It ends too when its parent is gone.
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import type { EngineAnswer, Segment } from '../../videos/video-engine.ts';
import { encodeAudio } from './encode-audio.ts';
import { encodeVideo } from './encode-video.ts';
import { type Bytes, message, Rejection } from './film.ts';
import { probeFilm } from './probe-film.ts';
import type { Ask, ChildJob, FromChild, ToChild } from './protocol.ts';
import { takePictures } from './take-pictures.ts';

type Answer = Extract<ToChild, { type: 'answer' }>;

let lastId = 0;
const waiting = new Map<number, (answer: Answer) => void>();

const tell = (told: FromChild): void => void process.send?.(told);

const ask = (asked: Ask): Promise<Answer> =>
  new Promise((resolve) => {
    const id = (lastId += 1);
    waiting.set(id, resolve);
    tell({ type: 'ask', id, ask: asked });
  });

async function run(job: ChildJob, bytes: Bytes): Promise<unknown> {
  const onSegment = async (segment: Segment): Promise<void> => void (await ask({ type: 'segment', segment }));
  switch (job.kind) {
    case 'probe':
      return await probeFilm(bytes);
    case 'video':
      return await encodeVideo(bytes, job, onSegment);
    case 'audio':
      return await encodeAudio(bytes, job, onSegment);
    case 'pictures':
      return await takePictures(bytes, job);
  }
}

async function answerOf(job: ChildJob, bytes: Bytes): Promise<EngineAnswer<unknown>> {
  try {
    return { outcome: 'done', value: await run(job, bytes) };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { outcome: 'rejected', reason: error.reason, detail: error.message };
  }
}

async function start(job: ChildJob, sizeBytes: number): Promise<void> {
  const read = async (offset: number, wanted: number): Promise<Uint8Array> =>
    (await ask({ type: 'read', offset, sizeBytes: wanted })).bytes ?? new Uint8Array();
  try {
    tell({ type: 'end', answer: await answerOf(job, { sizeBytes, read }) });
  } catch (error) {
    tell({ type: 'failed', detail: message(error) });
  }
}

Log.setLevel(AV_LOG_QUIET);
process.once('disconnect', () => process.exit(0));
process.on('message', (said: ToChild) => {
  if (said.type === 'job') void start(said.job, said.sizeBytes);
  else {
    waiting.get(said.id)?.(said);
    waiting.delete(said.id);
  }
});
