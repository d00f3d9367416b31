// POST /videos: the client uploads straight to storage, by an address that lets it write this one blob for a while. A repeat by
// Idempotency-Key is told of the same video, by an address that is fresh.
import { app } from '@azure/functions';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { readIdempotencyClaim } from '../../shared/adapters/functions/idempotency-key.ts';
import { runOnce } from '../../shared/adapters/functions/run-once.ts';
import { createUpload, createUploadSchema } from '../../shared/videos/create-upload.ts';
import { videoLinks } from './video-links.ts';

const blockSizeBytes = 8 * 1024 * 1024;

app.http('createUpload', {
  route: 'v1/videos',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { value, bytes } = await readJson(request, createUploadSchema);
    const { fileName, contentType, sizeBytes, sha256, email } = value;
    const optional = { ...(sha256 === undefined ? {} : { sha256 }), ...(email === undefined ? {} : { email }) };
    const { videos, addresses } = await import('./ports.ts');
    const declared = { fileName, contentType, sizeBytes, ...optional };
    const claim = readIdempotencyClaim(request, bytes);
    const { id: videoId } = await runOnce({ name: 'create-upload', keeps: 'resource' }, claim, async ({ id, at }) => {
      await createUpload(videos, declared, at, id);
      return null;
    });
    const upload = { ...(await addresses.upload(videoId)), blockSizeBytes };
    const links = videoLinks(videoId);
    return { status: 201, headers: { location: links.self }, jsonBody: { videoId, upload, links } };
  }),
});
