import { useState } from 'preact/hooks';
import type { Video } from '../api/videos.ts';
import { Picker } from '../picker.tsx';
import { Status } from '../status.tsx';
import { UploadVideo } from './upload-video.tsx';
import { VideoDetail } from './video-detail.tsx';

interface VideosProps {
  readonly customerId: string;
  readonly videos: readonly Video[] | undefined;
}

export function Videos({ customerId, videos }: VideosProps) {
  const [chosen, choose] = useState('');
  const video = videos?.find(({ videoId }) => videoId === chosen);
  return (
    <section aria-labelledby="videos">
      <h2 id="videos">Videos</h2>
      <UploadVideo customerId={customerId} uploaded={choose} />
      <Picker
        label="Videos, newest first"
        items={videos}
        empty="No videos yet."
        idOf={({ videoId }) => videoId}
        chosen={chosen}
        choose={choose}
      >
        {({ videoId, fileName, status, progress }) => (
          <>
            <Status of={status} />
            <span class="name" title={videoId}>
              {fileName}
            </span>
            <progress aria-label="Encoded" max={1} value={progress} />
            <span class="number">{Math.floor(progress * 100)} %</span>
          </>
        )}
      </Picker>
      <div class="detail">
        {video === undefined ? (
          <p class="quiet">Choose a video to play it.</p>
        ) : (
          <VideoDetail key={video.videoId} video={video} />
        )}
      </div>
    </section>
  );
}
