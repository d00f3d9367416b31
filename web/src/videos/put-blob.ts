// Puts a file into one blob by its signed address: small ones at once, larger ones block by block [Put Blob, Put Block List].
import type { Upload } from '../api/videos.ts';

type Sent = (sizeBytes: number) => void;

/** Tries of one block: a network that fails for a moment costs a block, not the file. */
const tries = 4;

/**
 * @param onSent told how much of the file has left
 * @throws Error that says what the storage answered
 */
export async function putBlob({ url, blockSizeBytes }: Upload, file: File, onSent: Sent): Promise<void> {
  if (file.size <= blockSizeBytes) {
    await put(url, file, onSent, { 'x-ms-blob-type': 'BlockBlob', 'content-type': file.type });
    return;
  }
  const ids: string[] = [];
  for (let start = 0; start < file.size; start += blockSizeBytes) {
    const id = btoa(String(ids.length).padStart(6, '0'));
    const block = file.slice(start, start + blockSizeBytes);
    await put(`${url}&comp=block&blockid=${encodeURIComponent(id)}`, block, (sent) => onSent(start + sent));
    ids.push(id);
  }
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`;
  await put(`${url}&comp=blocklist`, list, () => {}, { 'x-ms-blob-content-type': file.type });
}

async function put(
  url: string,
  body: Blob | string,
  onSent: Sent,
  headers: Record<string, string> = {},
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, text } = await send(url, body, onSent, headers);
    if (status >= 200 && status < 300) return;
    const mayPass = status === 0 || status >= 500;
    if (mayPass && attempt < tries) await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    else
      throw new Error(`The storage did not take the file: ${/<Message>([^<]*)/.exec(text)?.[1] ?? `status ${status}`}`);
  }
}

/** By XMLHttpRequest: fetch does not tell how far an upload is. Status 0 is no answer. */
function send(
  url: string,
  body: Blob | string,
  onSent: Sent,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) if (value !== '') request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
    request.addEventListener('loadend', () => resolve({ status: request.status, text: request.responseText }));
    request.send(body);
  });
}
