// Lets pages of any origin talk to blob storage, as an upload from a browser by SAS needs.
import { refusalOf, signedRequest } from './signed-request.ts';

const rule =
  '<CorsRule><AllowedOrigins>*</AllowedOrigins><AllowedMethods>GET,HEAD,PUT,DELETE,OPTIONS</AllowedMethods>' +
  '<AllowedHeaders>*</AllowedHeaders><ExposedHeaders>*</ExposedHeaders><MaxAgeInSeconds>3600</MaxAgeInSeconds></CorsRule>';

/** Leaves alone what somebody has set. Differs from Azure: blob storage starts with a CORS rule for all; a new account there has none. */
export async function allowBrowsers(port: number): Promise<void> {
  const properties = { port, path: '/', query: { comp: 'properties', restype: 'service' } };
  const found = await signedRequest({ method: 'GET', ...properties });
  if (!found.ok) throw new Error(`Cannot read the blob service's properties: ${await refusalOf(found)}`);
  if (/<CorsRule>/i.test(await found.text())) return;
  const body = `<?xml version="1.0" encoding="utf-8"?><StorageServiceProperties><Cors>${rule}</Cors></StorageServiceProperties>`;
  const set = await signedRequest({ method: 'PUT', ...properties, body, contentType: 'application/xml' });
  const reason = await refusalOf(set);
  if (!set.ok) throw new Error(`Cannot set the blob service's CORS rule: ${reason}`);
}
