import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startHostProcess, type HostProcess } from './support/host-process.ts';

const gibibyte = 1024 ** 3;
const spareBytes = 200 * 1024 * 1024;

let host: HostProcess;
beforeAll(async () => {
  host = await startHostProcess({ app: 'streaming' });
});
afterAll(async () => {
  await host.stop();
});

const memoryBytes = async () => (await (await fetch(`${host.origin}/api/memory`)).json()) as number;

describe('HTTP functions that stream', () => {
  it('get url, parameters, repeated query keys, headers and body', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5?tag=1&tag=2`, {
      method: 'PUT',
      headers: { 'x-in': 'in' },
      body: 'hey',
    });
    expect(await reply.json()).toEqual({
      url: `${host.origin}/api/echo/5?tag=1&tag=2`,
      params: { id: '5' },
      header: 'in',
      invocationHeader: null,
      tags: ['1', '2'],
      body: 'hey',
    });
    expect(reply.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
    expect(reply.headers.get('x-ms-invocation-id')).toBeNull();
  });

  it('answer HEAD with headers only', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5`, { method: 'HEAD' });
    expect([reply.status, reply.headers.get('x-method'), await reply.text()]).toEqual([200, 'HEAD', '']);
  });

  it('read a gibibyte at constant memory', async () => {
    const before = await memoryBytes();
    const hash = createHash('sha256');
    const chunk = new Uint8Array(1024 * 1024);
    const upload = request(`${host.origin}/api/digest`, { method: 'POST' });
    const replied = once(upload, 'response');
    for (let sent = 0; sent < gibibyte; sent += chunk.length) {
      hash.update(chunk);
      if (!upload.write(chunk)) await once(upload, 'drain');
    }
    upload.end();
    const [reply] = (await replied) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const part of reply) text += part.toString();
    const digest = JSON.parse(text) as { sizeBytes: number; peakBytes: number; sha256: string };
    expect(digest).toMatchObject({ sizeBytes: gibibyte, sha256: hash.digest('hex') });
    expect(digest.peakBytes - before).toBeLessThan(spareBytes);
  });

  it('write a gibibyte to a slow reader at constant memory', async () => {
    const before = await memoryBytes();
    const reply = await fetch(`${host.origin}/api/zeros/${gibibyte}`);
    let sizeBytes = 0;
    let peakBytes = 0;
    for await (const chunk of reply.body ?? []) {
      sizeBytes += (chunk as Uint8Array).length;
      if (Math.floor(sizeBytes / 2 ** 27) > Math.floor((sizeBytes - (chunk as Uint8Array).length) / 2 ** 27))
        peakBytes = Math.max(peakBytes, await memoryBytes());
    }
    expect(sizeBytes).toBe(gibibyte);
    expect(peakBytes - before).toBeLessThan(spareBytes);
  });

  it('send the first chunk before the last is made, and end when the reader leaves', async () => {
    const reading = get(`${host.origin}/api/ticks`);
    const [reply] = (await once(reading, 'response')) as [NodeJS.ReadableStream];
    const [first] = (await once(reply, 'data')) as [Buffer];
    expect(first.toString()).toContain('data: tick');
    reading.on('error', () => undefined).destroy();
    await waitFor('the stream to end', async () => {
      const ended = (await (await fetch(`${host.origin}/api/endedStreams`)).json()) as number;
      return ended === 1;
    });
  });

  it('answer 500 without a word when they throw', async () => {
    const reply = await fetch(`${host.origin}/api/failsAtOnce`);
    expect([reply.status, await reply.text()]).toEqual([500, '']);
    await host.saw('secret detail');
  });

  it('answer 500 when they throw while they read', async () => {
    const reply = await fetch(`${host.origin}/api/failsReading`, { method: 'POST', body: 'x' });
    expect(reply.status).toBe(500);
  });

  it('cut the answer off when its body fails after the headers', async () => {
    const reply = await fetch(`${host.origin}/api/failsLater`);
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow('terminated');
  });

  it('answer 204 when they return nothing', async () => {
    expect((await fetch(`${host.origin}/api/nothing`)).status).toBe(204);
  });

  it('are asked for many at once without mixing them up', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => String(index));
    const replies = await Promise.all(
      ids.map(async (id) => {
        await nextTurn();
        const reply = await fetch(`${host.origin}/api/echo/${id}`, { method: 'PUT', body: `body ${id}` });
        return (await reply.json()) as { params: { id: string }; body: string };
      }),
    );
    expect(replies.map(({ params, body }) => [params.id, body])).toEqual(ids.map((id) => [id, `body ${id}`]));
  });
});
