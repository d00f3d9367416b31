// POST /videos: the client uploads straight to storage, by an address that lets it write this one blob for a while.
import { app } from '@azure/functions';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { createUpload, createUploadSchema } from '../../shared/videos/create-upload.ts';
import { videoLinks } from './video-links.ts';

const blockSizeBytes = 8 * 1024 * 1024;

app.http('createUpload', {
  route: 'v1/videos',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { fileName, contentType, sizeBytes, sha256, email } = (await readJson(request, createUploadSchema)).value;
    const optional = { ...(sha256 === undefined ? {} : { sha256 }), ...(email === undefined ? {} : { email }) };
    const { videos, addresses } = ports();
    const declared = { fileName, contentType, sizeBytes, ...optional };
    const { videoId } = await createUpload(videos, declared, new Date().toISOString());
    const upload = { ...(await addresses.upload(videoId)), blockSizeBytes };
    const links = videoLinks(videoId);
    return { status: 201, headers: { location: links.self }, jsonBody: { videoId, upload, links } };
  }),
});
