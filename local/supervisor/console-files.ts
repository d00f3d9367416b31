// The built console's files at `/`: read from one folder, never outside of it.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

const pageWithoutConsole = `<!doctype html>
<meta charset="utf-8">
<title>Millrace</title>
<h1>Millrace runs</h1>
<p>The API is at <code>/api</code>, sent mail at <a href="/local/mail">/local/mail</a>, payments at <a href="/local/payments">/local/payments</a>.</p>
<p>The console is not built: run <code>npm run build</code> and load this page again.</p>
`;

export async function serveConsole(folder: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('allow', 'GET, HEAD');
    return sendText(res, 405, 'text/plain', 'The console is read with GET.\n');
  }
  const pathname = (req.url ?? '/').split('?', 1)[0] ?? '/';
  const file = await fileOf(folder, pathname);
  if (file) {
    res.writeHead(200, {
      'content-type': contentTypes[path.extname(file.name).toLowerCase()] ?? 'application/octet-stream',
      'content-length': file.sizeBytes,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    });
    if (req.method === 'HEAD') res.end();
    else pipeline(createReadStream(file.name), res, () => {});
    return;
  }
  if (pathname === '/') return sendText(res, 200, 'text/html', pageWithoutConsole);
  return sendText(res, 404, 'text/plain', `There is nothing at ${JSON.stringify(pathname)}.\n`);
}

/** The file that a path names; a path without extension is a view of the console, hence its index.html. */
async function fileOf(folder: string, pathname: string): Promise<{ name: string; sizeBytes: number } | undefined> {
  const wished = fileNameOf(folder, pathname);
  if (wished === undefined) return undefined;
  const name = path.extname(wished) === '' ? path.join(folder, 'index.html') : wished;
  const stats = await stat(name).catch(() => undefined);
  return stats?.isFile() ? { name, sizeBytes: stats.size } : undefined;
}

/** The name inside the folder, undefined for a path that is malformed or leads outside. */
export function fileNameOf(folder: string, pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const root = path.resolve(folder);
  const name = path.join(root, decoded);
  return name === root || name.startsWith(`${root}${path.sep}`) ? name : undefined;
}

function sendText(res: ServerResponse, status: number, type: string, text: string): void {
  res.writeHead(status, { 'content-type': `${type}; charset=utf-8` });
  res.end(text);
}
