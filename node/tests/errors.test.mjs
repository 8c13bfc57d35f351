// Errors: their details, their form in JSON and logs, and errors that tests create.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { callfluent, CallFluent } from './support/package.mjs';
import { json, KEY, serve } from './support/server.mjs';

async function rejection(promise) {
  return promise.then(
    (value) => assert.fail(`no error but ${JSON.stringify(value)}`),
    (reason) => reason,
  );
}

test('every error can be created for a test', () => {
  const statuses = { LimitReachedError: 400, AuthenticationError: 401, NotFoundError: 404, RateLimitError: 429, InternalServerError: 500 };
  for (const [name, status] of Object.entries(statuses)) {
    const error = new callfluent[name]('slow down');
    assert.deepEqual([error.name, error.message, error.status, error.outcomeUnknown], [name, 'slow down', status, false]);
    assert.ok(error instanceof callfluent.APIStatusError);
  }
  const cause = new Error('socket');
  const error = new callfluent.APIConnectionError('lost', { cause, code: 'ECONNRESET', outcomeUnknown: true, retryAfter: 10 });
  assert.deepEqual([error.cause, error.code, error.outcomeUnknown, error.retryAfter], [cause, 'ECONNRESET', true, 10]);
  const invalid = new callfluent.InvalidRequestError('no', { fieldErrors: [{ field: 'tone', reason: 'unknown' }] });
  assert.deepEqual(invalid.fieldErrors, [{ field: 'tone', reason: 'unknown' }]);
  class Own extends callfluent.RateLimitError {}
  assert.equal(new Own('x').status, 429);
});

test('a connection error has the code that Node uses', async (context) => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  await once(free, 'close');
  const client = (baseUrl, more = {}) => new CallFluent({ apiKey: KEY, baseUrl, maxRetries: 0, ...more });
  const refused = await rejection(client(`http://127.0.0.1:${port}`).workspaces.list());
  assert.deepEqual([refused.constructor, refused.code], [callfluent.APIConnectionError, 'ECONNREFUSED']);
  const unknown = await rejection(client('http://callfluent.invalid', { allowHttp: true }).workspaces.list());
  assert.equal(unknown.code, 'ENOTFOUND', unknown.message);
  const silent = await serve(() => {});
  context.after(silent.close);
  const late = await rejection(silent.client({ timeout: 100, maxRetries: 0 }).workspaces.list());
  assert.deepEqual([late.constructor, late.code], [callfluent.APITimeoutError, 'ETIMEDOUT']);
});

test('JSON.stringify keeps name, message and details', async (context) => {
  const server = await serve((_, response) => json(response, { status: false, msg: 'gone' }, 404));
  context.after(server.close);
  const error = await rejection(server.client().agents.get(7));
  const { name, message, status, url } = JSON.parse(JSON.stringify({ error })).error;
  assert.deepEqual([name, status, url], ['NotFoundError', 404, error.url]);
  assert.equal(message, error.message);
  assert.ok(!JSON.stringify(error).includes(KEY));
});

test('retryAfter is in milliseconds, as all times', async (context) => {
  const server = await serve((_, response) => json(response, { status: false }, 429, { 'retry-after': '2' }));
  context.after(server.close);
  const error = await rejection(server.client({ maxRetries: 0 }).agents.get(7));
  assert.equal(error.retryAfter, 2_000);
});

test('headers of an error are readable and not copied', async (context) => {
  const sent = { 'X-Request-Id': 'r-1', 'Content-Language': 'fr', 'Set-Cookie': 'session=1' };
  const server = await serve((_, response) => json(response, { status: false }, 404, sent));
  context.after(server.close);
  const { headers, requestId } = await rejection(server.client().agents.get(7));
  assert.deepEqual([headers['x-request-id'], headers['content-language'], headers['set-cookie']], ['r-1', 'fr', undefined]);
  assert.equal(requestId, 'r-1');
  // Frameworks iterate in these ways.
  assert.deepEqual([Object.keys(headers), { ...headers }], [[], {}]);
  for (const name in headers) assert.fail(name);
  const shown = JSON.parse(JSON.stringify({ headers })).headers;
  assert.equal(shown['content-language'], 'fr');
  assert.match(inspect(headers), /'x-request-id': 'r-1'/);
  const own = new callfluent.RateLimitError('slow down', { headers: { 'Retry-After': '2' } });
  assert.equal(new callfluent.RateLimitError('again', own).headers['retry-after'], '2');
});

test('an error without a response has no headers', async (context) => {
  const silent = await serve(() => {});
  context.after(silent.close);
  assert.equal((await rejection(silent.client({ timeout: 100, maxRetries: 0 }).workspaces.list())).headers, undefined);
});
