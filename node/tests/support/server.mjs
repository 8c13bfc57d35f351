// A server on real sockets that records requests and sends given responses.
import { createServer } from 'node:http';
import { once } from 'node:events';

import { CallFluent } from './package.mjs';

export const KEY = 'test-key';

/** Starts a server; `respond(request, response, recorded)` responds to each request. */
export async function serve(respond) {
  const recorded = [];
  const sockets = new Set();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const url = new URL(request.url, 'http://localhost');
      const entry = {
        method: request.method,
        target: request.url,
        path: request.url.split('?')[0],
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      recorded.push(entry);
      respond(request, response, entry, recorded.length);
    });
  });
  // On a busy machine, a connection can be idle for longer than Node's 5 s between two requests.
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${server.address().port}/api`;
  return {
    recorded,
    baseUrl,
    sockets,
    client: (options = {}) => new CallFluent({ apiKey: KEY, baseUrl, ...options }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with JSON. */
export function json(response, value, status = 200, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** The parts of a multipart body, each with its headers and content. */
export function parts(entry) {
  const boundary = /boundary="?([^";]+)/.exec(entry.headers['content-type'])[1];
  const text = entry.body.toString('latin1');
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head, ...rest] = part.replace(/^\r\n/, '').split('\r\n\r\n');
      const headers = Object.fromEntries(
        head.split('\r\n').map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
      );
      const content = Buffer.from(rest.join('\r\n\r\n').replace(/\r\n$/, ''), 'latin1');
      const filename = Buffer.from(/filename="([^"]*)"/.exec(headers['content-disposition'])?.[1] ?? '', 'latin1').toString();
      const name = /[ ;]name="([^"]*)"/.exec(headers['content-disposition'])?.[1];
      return { headers, content, filename, name };
    });
}

/** Waits until something holds. */
export async function until(holds, milliseconds = 5000) {
  const end = Date.now() + milliseconds;
  while (!holds()) {
    if (Date.now() > end) {
      throw new Error(`it did not come to pass in ${milliseconds} ms: ${holds}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
