// Writes one small blob, for the services that keep something in storage.
import { refusalOf, signedRequest } from './signed-request.ts';

/** Replaces a blob of that name. @throws when storage cannot be reached or refuses. */
export async function putJsonBlob(
  port: number,
  { container, name, body }: { readonly container: string; readonly name: string; readonly body: string },
): Promise<void> {
  const answer = await signedRequest({
    method: 'PUT',
    port,
    path: `/${container}/${name.split('/').map(encodeURIComponent).join('/')}`,
    headers: { 'x-ms-blob-type': 'BlockBlob' },
    contentType: 'application/json',
    body,
  });
  const reason = await refusalOf(answer);
  if (!answer.ok) throw new Error(`Cannot write the blob ${name} into ${container}: ${reason}`);
}
