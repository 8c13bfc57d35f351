// Errors of the client that an Express handler does not catch.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { CallFluentError } from 'callfluent';
import express from 'express';

import { startSandbox } from '../program.mjs';

/** Starts an application whose handler fails, and returns the response to a request. */
async function respond(context, { wrap }) {
  const sandbox = await startSandbox(context, {});
  const headers = { 'content-language': 'fr', 'x-upstream': 'secret', 'set-cookie': 'session=1' };
  await sandbox.respond({ operation: 'agents.get', status: 404, body: { status: false }, headers });
  const client = sandbox.client({ maxRetries: 0 });
  const app = express().set('env', 'test');
  app.get('/', async (request, response) => response.json(await client.agents.get(1)));
  if (wrap) {
    app.use((error, request, response, next) => {
      next(error instanceof CallFluentError ? new Error('the request to CallFluent failed', { cause: error }) : error);
    });
  }
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { connection: 'close' } });
}

test('headers of the API do not reach the visitor', async (context) => {
  const response = await respond(context, { wrap: false });
  assert.equal(response.headers.get('x-upstream'), null);
  assert.equal(response.headers.get('content-language'), null);
  assert.match(await response.text(), /Error/);
});

test('a wrapped error of the API is an error of the server', async (context) => {
  const response = await respond(context, { wrap: true });
  assert.equal(response.status, 500);
  assert.match(await response.text(), /the request to CallFluent failed/);
});
