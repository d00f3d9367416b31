import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from './support/host-process.ts';

let host: HostProcess;
beforeAll(async () => {
  host = await startHostProcess({ app: 'http' });
});
afterAll(async () => {
  await host.stop();
});

describe('HTTP functions with whole bodies', () => {
  it('get url, parameters, repeated query keys, headers and body', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5/x?tag=1&tag=2`, {
      method: 'POST',
      headers: { 'x-in': 'in' },
      body: 'hey',
    });
    expect(reply.status).toBe(201);
    expect(await reply.json()).toEqual({
      url: `${host.origin}/api/echo/5/x?tag=1&tag=2`,
      params: { id: '5', rest: 'x' },
      tags: ['1', '2'],
      header: 'in',
      body: 'hey',
    });
  });

  it('send headers and several cookies', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5`);
    expect(reply.headers.get('x-method')).toBe('GET');
    expect(reply.headers.getSetCookie()).toEqual(['a=1%202; Path=/; HttpOnly; SameSite=Lax', 'b=2']);
  });

  it('see the address the caller used behind a front', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5`, {
      headers: { 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' },
    });
    expect(await reply.json()).toMatchObject({ url: 'https://shop.example/api/echo/5' });
  });

  it("run in the caller's trace", async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const reply = await fetch(`${host.origin}/api/trace`, { headers: { traceparent } });
    expect(await reply.text()).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-/);
  });

  it('answer HEAD with headers only', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5`, { method: 'HEAD' });
    expect([reply.status, reply.headers.get('x-method'), await reply.text()]).toEqual([201, 'HEAD', '']);
  });

  it('prefer a literal route', async () => {
    expect(await (await fetch(`${host.origin}/api/echo/7/literal`)).text()).toBe('literal');
  });

  it('send bytes as they are', async () => {
    const reply = await fetch(`${host.origin}/api/bytes`);
    expect(reply.headers.get('content-type')).toBe('application/x-raw');
    expect(new Uint8Array(await reply.arrayBuffer())).toEqual(new Uint8Array([0, 1, 255]));
  });

  it('answer 204 when they return nothing', async () => {
    expect((await fetch(`${host.origin}/api/nothing`)).status).toBe(204);
  });

  it('answer 500 without a word when they throw, and the log has the words', async () => {
    const reply = await fetch(`${host.origin}/api/fails`);
    expect([reply.status, await reply.text()]).toEqual([500, '']);
    expect(await host.saw('secret detail')).toBe(true);
    expect(await host.saw(/Executed 'Functions\.fails' \(Failed, Id=[-\da-f]+, Duration=\d+ms\)/)).toBe(true);
  });

  it('print what func prints', async () => {
    await fetch(`${host.origin}/api/echo/77`);
    await host.saw(
      /Executing 'Functions\.echo' \(Reason='This function was programmatically called via the host APIs\.', Id=/,
    );
    expect(await host.saw(/\] echo 77 \(Id=[-\da-f]+\)\n/)).toBe(true);
    await host.saw(`\techo: [GET,POST,HEAD] ${host.origin}/api/echo/{id:int}/{rest?}`);
  });

  it.each([
    ['an unknown path', '/api/unknown', 'GET'],
    ['a parameter its constraint refuses', '/api/echo/x', 'GET'],
    ['a method no route takes', '/api/echo/5', 'DELETE'],
    ['the root', '/', 'GET'],
  ])('are not found by %s', async (_, path, method) => {
    expect((await fetch(host.origin + path, { method })).status).toBe(404);
  });

  it('are not reached by a path that cannot be decoded', async () => {
    expect((await fetch(`${host.origin}/api/echo/%E0%A4%A`)).status).toBe(400);
  });

  it('refuse a body beyond the limit', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5`, { method: 'POST', body: new Uint8Array(101 * 1024 * 1024) });
    expect(reply.status).toBe(413);
  });

  it('are not reached by a request line beyond 8 KiB', async () => {
    expect((await fetch(`${host.origin}/api/echo/5?tag=${'x'.repeat(9_000)}`)).status).toBe(414);
  });

  it('take headers of 30 KiB', async () => {
    const reply = await fetch(`${host.origin}/api/echo/5`, { headers: { 'x-in': 'x'.repeat(30_000) } });
    expect(((await reply.json()) as { header: string }).header).toHaveLength(30_000);
  });
});

describe('admin API', () => {
  it('says that the host runs', async () => {
    expect(await (await fetch(`${host.origin}/admin/host/status`)).json()).toMatchObject({ state: 'Running' });
  });

  it('lists the functions', async () => {
    const functions = (await (await fetch(`${host.origin}/admin/functions`)).json()) as { name: string }[];
    expect(functions.map(({ name }) => name)).toContain('echo');
  });

  it('does not run an HTTP function by hand', async () => {
    const reply = await fetch(`${host.origin}/admin/functions/echo`, { method: 'POST', body: '{"input":""}' });
    expect(reply.status).toBe(400);
  });

  it('does not know a function that is not there', async () => {
    expect((await fetch(`${host.origin}/admin/functions/unknown`, { method: 'POST' })).status).toBe(404);
  });
});
