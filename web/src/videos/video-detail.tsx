import type { Video } from '../api/videos.ts';
import { Player } from './player.tsx';

const waits: Readonly<Record<string, string>> = {
  'awaiting-upload': 'Waiting for the file.',
  processing: 'Being encoded.',
  failed: 'The encoding failed.',
  rejected: 'The file was rejected.',
  cancelled: 'The encoding was cancelled.',
};

export function VideoDetail({ video }: { readonly video: Video }) {
  const { status, reason, detail, renditions, playlistUrl, thumbnails, durationSeconds } = video;
  return (
    <>
      <div class="screen">
        {playlistUrl === undefined || status !== 'ready' ? (
          <p>
            {waits[status] ?? status} {reason === undefined ? null : <strong>{reason}</strong>}
            <br />
            {detail}
          </p>
        ) : (
          <Player playlistUrl={playlistUrl} poster={thumbnails?.[0]} />
        )}
      </div>
      <ul class="renditions">
        {renditions.map(({ name, width, height, bitrateBps, progress }) => (
          <li key={name}>
            {name} <small>{`${width} × ${height}, ${Math.round(bitrateBps / 1000)} kbit/s`}</small>{' '}
            <progress aria-label={`${name} encoded`} max={1} value={progress} />
          </li>
        ))}
        {durationSeconds === undefined ? null : <li>{durationSeconds.toFixed(1)} s long</li>}
      </ul>
    </>
  );
}
