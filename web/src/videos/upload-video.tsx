import { useState } from 'preact/hooks';
import { AnsweredForm } from '../answered-form.tsx';
import { createUpload } from '../api/videos.ts';
import { putBlob } from './put-blob.ts';

interface UploadVideoProps {
  readonly customerId: string;
  readonly uploaded: (videoId: string) => void;
}

export function UploadVideo({ customerId, uploaded }: UploadVideoProps) {
  const [sentShare, setSentShare] = useState<number>();

  const upload = async (_field: unknown, form: HTMLFormElement): Promise<string> => {
    const file = new FormData(form).get('file');
    if (!(file instanceof File)) return 'Choose a file.';
    setSentShare(0);
    try {
      const { videoId, upload: target } = await createUpload(file, `${customerId}@example.com`);
      await putBlob(target, file, (sentBytes) => setSentShare(sentBytes / file.size));
      form.reset();
      uploaded(videoId);
      return 'The file is uploaded.';
    } finally {
      setSentShare(undefined);
    }
  };

  return (
    <AnsweredForm send={upload} button="Upload">
      <label class="wide">
        Video file
        <input name="file" type="file" accept="video/*,.mkv,.mp4,.mov,.webm" required />
      </label>
      <progress class={sentShare === undefined ? 'idle' : ''} aria-label="Uploaded" max={1} value={sentShare ?? 0} />
    </AnsweredForm>
  );
}
