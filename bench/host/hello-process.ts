// The floor for the host's HTTP: the same two answers by a bare node:http server. Reports its port by IPC, as the host does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = request.method === 'GET' ? Buffer.from('{"hello":"world"}') : Buffer.concat(chunks);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ kind: 'ready', ports: { http: port } });
});
process.once('SIGTERM', () => process.exit());
