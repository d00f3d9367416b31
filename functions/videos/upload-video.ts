// POST /videos/upload: the film itself, raw or as a form, streamed to storage. The row is written before the blob appears,
// and neither is there if the upload breaks off. A repeat by Idempotency-Key is answered without its body being read again.
import { app, type HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { stageBlocks, tooLarge } from '../../shared/adapters/blobs/upload.ts';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { readIdempotencyClaim } from '../../shared/adapters/functions/idempotency-key.ts';
import { type UploadedFile, readUpload } from '../../shared/adapters/functions/read-upload.ts';
import { runOnce } from '../../shared/adapters/functions/run-once.ts';
import { settings } from '../../shared/adapters/environment.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { parseWith } from '../../shared/kernel/schema.ts';
import type { Claimed } from '../../shared/kernel/request-claims.ts';
import { containers } from '../../shared/kernel/topology.ts';
import { checkFileName, createUpload, fileNameSchema } from '../../shared/videos/create-upload.ts';
import { videoLinks } from './video-links.ts';
import { emailAddress } from '../../shared/kernel/text.ts';

const query = z.object({ fileName: fileNameSchema.optional(), email: emailAddress.optional() });

app.http('uploadVideo', {
  route: 'v1/videos/upload',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { fileName, email } = readQuery(request, query);
    if (fileName !== undefined) checkFileName(fileName);
    const limitBytes = settings().UPLOAD_LIMIT_BYTES;
    if (limitBytes !== undefined && declaredBytes(request) > limitBytes) throw tooLarge(limitBytes);
    const claim = readIdempotencyClaim(request, Buffer.from(JSON.stringify(declaredBy(request))));
    const { id: videoId } = await runOnce({ name: 'upload-video', keeps: 'resource' }, claim, async (claimed) => {
      // Whoever had the claim before may have died between storing and answering.
      if (claim !== undefined && (await isStored(claimed.id))) return null;
      await store(await readUpload(request), { fileName, email }, limitBytes, claimed);
      return null;
    });
    const links = videoLinks(videoId);
    const body = { videoId, status: 'processing', links };
    return { status: 202, headers: { location: links.self }, jsonBody: body };
  }),
});

const declaredBytes = (request: HttpRequest): number => Number(request.headers.get('content-length') ?? 0);

/** What a key stands for: all that is known of an upload before it is read. The boundary of a form is another one each time. */
const declaredBy = (request: HttpRequest): readonly (string | null)[] => [
  request.query.toString(),
  request.headers.get('content-type')?.split(';')[0] ?? null,
  request.headers.get('content-length'),
];

async function isStored(videoId: string): Promise<boolean> {
  const { videos, files } = await import('./ports.ts');
  const video = await videos.get(videoId);
  if (video === undefined) return false;
  return video.state.status !== 'awaiting-upload' || (await files.uploaded(videoId)) !== undefined;
}

async function store(
  file: UploadedFile,
  asked: { readonly fileName: string | undefined; readonly email: string | undefined },
  limitBytes: number | undefined,
  { id, at }: Claimed,
): Promise<void> {
  const [{ videos }, { container }] = await Promise.all([
    import('./ports.ts'),
    import('../../shared/adapters/blobs/blobs.ts'),
  ]);
  const named = asked.fileName ?? file.fileName ?? 'upload';
  const fileName = parseWith(fileNameSchema, named, 'invalid-request', 'The file name', '/fileName');
  checkFileName(fileName);
  const blob = container(containers.incoming).getBlockBlobClient(id);
  const staged = await stageBlocks(blob, file.chunks, limitBytes);
  const { sizeBytes } = staged;
  if (sizeBytes === 0) throw new AppError('invalid-request', 'The upload is empty: send the film as the body');
  const { contentType } = file;
  const declared = { fileName, contentType, sizeBytes };
  const upload = asked.email === undefined ? declared : { ...declared, email: asked.email };
  const video = await createUpload(videos, upload, at, id);
  if (video.sizeBytes !== sizeBytes) {
    throw new AppError('idempotency-key-reused', 'This Idempotency-Key came with another film before: use a new key');
  }
  await staged.commit(contentType);
}
