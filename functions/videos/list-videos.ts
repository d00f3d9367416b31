import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { listVideos } from '../../shared/videos/read-video.ts';

const query = z.object(pageQuery);

app.http('listVideos', {
  route: 'v1/videos',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const page = readQuery(request, query);
    const { videos, videoParts, addresses } = await import('./ports.ts');
    return { jsonBody: await listVideos(videos, videoParts, page, await addresses.renditions()) };
  }),
});
