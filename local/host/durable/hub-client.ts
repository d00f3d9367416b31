// The worker's connection to its task hub: JSON over kept-alive HTTP.
import { Agent, request } from 'node:http';
import { type WorkerVerb, hubPath } from '../../durable-protocol/work.ts';

export interface HubClient {
  /** @throws Error when the hub does not answer, or answers an error */
  post(verb: WorkerVerb, body: unknown, signal?: AbortSignal): Promise<unknown>;
  close(): void;
}

export function createHubClient(taskHubUrl: string, taskHubName: string): HubClient {
  const agent = new Agent({ keepAlive: true });
  const base = `${hubPath(taskHubName)}/worker`;

  async function send(path: string, body: unknown, signal?: AbortSignal): Promise<{ status: number; text: string }> {
    const text = JSON.stringify(body);
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const url = new URL(path, taskHubUrl);
    const outgoing = request(url, { method: 'POST', agent, headers, ...(signal && { signal }) }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.once('error', reject);
      res.once('end', () => resolve({ status: res.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    outgoing.once('error', reject);
    outgoing.end(text);
    return promise;
  }

  return {
    async post(verb, body, signal) {
      const { status, text } = await send(`${base}/${verb}`, body, signal);
      if (status >= 400) throw new Error(`${verb} was answered with ${status}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    close: () => agent.destroy(),
  };
}
