// The stream proxy of @azure/functions. With `enableHttpStream` the library opens an HTTP server of its own, on all
// interfaces, and takes each request from there by invocation id. Host and app share a process here, so that server is
// caught as it starts, stops listening, and is handed the host's own requests: no second hop, no open port.
import { Server, ServerResponse, type IncomingMessage } from 'node:http';
import net from 'node:net';
import { requestOrigin } from './request-url.ts';

export interface StreamServer {
  /** Hands over a request; the invocation of that id finds it and answers on `response`. */
  accept(request: IncomingMessage, response: ServerResponse, invocationId: string): void;
}

const invocationIdHeader = 'x-ms-invocation-id';

/** A response on which the library cannot leave its internal header. */
export class FunctionResponse extends ServerResponse {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return name === invocationIdHeader ? this : super.setHeader(name, value);
  }
}

/** Runs `start` (the model's getCapabilities) and catches the server it opens, if it opens one. */
export async function catchStreamServer(start: () => Promise<unknown>): Promise<StreamServer | undefined> {
  const { prototype } = net.Server;
  const listen = Reflect.get(prototype, 'listen');
  const caught: Server[] = [];
  prototype.listen = function listenOrBeCaught(this: net.Server, ...args: unknown[]) {
    const [onListening] = args;
    const isProxy = caught.length === 0 && args.length === 1 && typeof onListening === 'function';
    if (!isProxy || !(this instanceof Server)) return Reflect.apply(listen, this, args) as net.Server;
    caught.push(this);
    return Reflect.apply(listen, this, [0, '127.0.0.1', onListening]) as net.Server;
  };
  try {
    await start();
  } finally {
    prototype.listen = listen;
  }
  const [server] = caught;
  // The library would say in the log that its proxy closes.
  server?.removeAllListeners('close').close();
  return server && { accept: (request, response, invocationId) => hand(server, request, response, invocationId) };
}

function hand(server: Server, request: IncomingMessage, response: ServerResponse, invocationId: string): void {
  const { proto, host } = requestOrigin(request);
  Object.assign(request.headers, {
    [invocationIdHeader]: invocationId,
    'x-forwarded-proto': proto,
    'x-forwarded-host': host,
  });
  server.emit('request', request, response);
}
