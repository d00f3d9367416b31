// Still pictures of a film, for whoever chooses what to watch.
import { Decoder, Encoder, FilterAPI } from 'node-av/api';
import { FF_ENCODER_MJPEG } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { PictureJob } from '../../videos/video-engine.ts';
import { screenFilter } from './colour.ts';
import { type Bytes, type Film, openFilm } from './film.ts';
import { frameColour } from './frame-colour.ts';
import { upright } from './upright.ts';

const bufferBytes = 1024 * 1024;

export async function takePictures(bytes: Bytes, job: PictureJob): Promise<readonly Uint8Array[]> {
  await using film = await openFilm(bytes, bufferBytes);
  const pictures: Uint8Array[] = [];
  for (const atSeconds of job.atSeconds) {
    const frame = await frameAt(film, atSeconds + job.startSeconds);
    if (frame === undefined) continue;
    using filter = FilterAPI.create(
      `${upright[job.rotation]}${screenFilter(frameColour(frame, film.video), job, 'jpeg')}`,
    );
    for (const scaled of await filter.processAll(frame)) {
      pictures.push(await Encoder.encodeOne(FF_ENCODER_MJPEG, scaled));
      scaled.free();
    }
    frame.free();
  }
  return pictures;
}

/** The key frame at or before this time: near enough, and cheap. */
async function frameAt(film: Film, seconds: number): Promise<Frame | undefined> {
  await film.seek(seconds);
  using decoder = await Decoder.create(film.video, { exitOnError: false });
  for await (const packet of film.packets(film.video)) {
    const [first, ...others] = await decoder.decodeAll(packet);
    for (const other of others) other.free();
    if (first !== undefined) return first;
  }
  return (await decoder.decodeAll(null))[0];
}
