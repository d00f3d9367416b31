// POST /videos/upload: the film itself, raw or as a form, streamed to storage. The row is written before the blob appears,
// and neither is there if the upload breaks off.
import { app, type HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { stageBlocks, tooLarge } from '../../shared/adapters/blob-upload.ts';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { type UploadedFile, readUpload } from '../../shared/adapters/functions/read-upload.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { containers } from '../../shared/kernel/topology.ts';
import { checkFileName, createUpload, fileNameSchema } from '../../shared/videos/create-upload.ts';
import { videoLinks } from './video-links.ts';

const query = z.object({ fileName: fileNameSchema.optional(), email: z.email().max(254).optional() });

app.http('uploadVideo', {
  route: 'v1/videos/upload',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { fileName, email } = readQuery(request, query);
    if (fileName !== undefined) checkFileName(fileName);
    const limitBytes = ports().settings.UPLOAD_LIMIT_BYTES;
    if (limitBytes !== undefined && declaredBytes(request) > limitBytes) throw tooLarge(limitBytes);
    const videoId = await store(await readUpload(request), { fileName, email }, limitBytes);
    const links = videoLinks(videoId);
    const body = { videoId, status: 'processing', links };
    return { status: 202, headers: { location: links.self }, jsonBody: body };
  }),
});

const declaredBytes = (request: HttpRequest): number => Number(request.headers.get('content-length') ?? 0);

async function store(
  file: UploadedFile,
  asked: { readonly fileName: string | undefined; readonly email: string | undefined },
  limitBytes: number | undefined,
): Promise<string> {
  const { videos, connections } = ports();
  const fileName = asked.fileName ?? file.fileName ?? 'upload';
  checkFileName(fileName);
  const videoId = newId();
  const blob = connections.blobs.getContainerClient(containers.incoming).getBlockBlobClient(videoId);
  const staged = await stageBlocks(blob, file.chunks, limitBytes);
  if (staged.sizeBytes === 0) throw new AppError('invalid-request', 'The upload is empty: send the film as the body');
  const { contentType } = file;
  const declared = { fileName, contentType, sizeBytes: staged.sizeBytes };
  const upload = asked.email === undefined ? declared : { ...declared, email: asked.email };
  await createUpload(videos, upload, new Date().toISOString(), videoId);
  await staged.commit(contentType);
  return videoId;
}
