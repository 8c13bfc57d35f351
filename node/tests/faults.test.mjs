// Servers that misbehave: broken and empty bodies, bodies that drip, connections that break,
// redirects, and aborting.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent } from './support/package.mjs';
import { json, KEY, serve, until } from './support/server.mjs';

const { APIConnectionError, APIError, APIResponseError, APIStatusError, APITimeoutError, InvalidRequestError } = callfluent;

const AGENT = {
  workspaceId: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'n', lang: 'en', voice: 'alloy', agentType: 'sales',
  background: 'b', goal: 'g', tone: 't', instructions: 'i',
};

const rejection = (promise) => promise.then((value) => assert.fail(`no error but ${JSON.stringify(value)}`), (error) => error);

for (const [what, type, body] of [
  ['an empty body', 'application/json', ''],
  ['broken JSON', 'application/json', '{"status": true, "data": ['],
  ['HTML', 'text/html', '<!doctype html><title>Maintenance</title>'],
  ['the wrong kind of data', 'application/json', '{"status": true, "data": 7}'],
]) {
  test(`${what} under 200 is an APIResponseError`, async (context) => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-type': type }).end(body));
    context.after(server.close);
    const error = await rejection(server.client().agents.get(14));
    assert.equal(error.constructor, APIResponseError);
    assert.equal(error.status, 200);
    assert.equal(error.body, body);
    if (type === 'text/html') {
      assert.match(error.message, /text\/html/);
      assert.match(error.message, /doctype/);
    }
  });
}

test('status false under 200 is an APIStatusError with the message', async (context) => {
  const server = await serve((_, response) => json(response, { status: false, msg: 'No such agent' }));
  context.after(server.close);
  const error = await rejection(server.client().agents.get(14));
  assert.equal(error.constructor, APIStatusError);
  assert.match(error.message, /No such agent/);
});

test('the total timeout limits a body that drips byte by byte', async (context) => {
  const server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  });
  context.after(server.close);
  const started = performance.now();
  const error = await rejection(server.client({ timeout: 500 }).agents.get(14));
  const elapsed = performance.now() - started;
  assert.equal(error.constructor, APITimeoutError);
  assert.ok(error instanceof APIConnectionError);
  assert.ok(elapsed > 450 && elapsed < 1500, `${elapsed} ms`);
});

test('aborting during backoff rejects at once without a retry', async (context) => {
  const server = await serve((_, response) => json(response, { status: false }, 503, { 'retry-after': '5' }));
  context.after(server.close);
  const controller = new AbortController();
  const call = rejection(server.client({ maxRetries: 3 }).agents.get(14, { signal: controller.signal }));
  await until(() => server.recorded.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const reason = new Error('changed my mind');
  const started = performance.now();
  controller.abort(reason);
  assert.equal(await call, reason);
  assert.ok(performance.now() - started < 50);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(server.recorded.length, 1);
});

test('aborting ends the request at the server', async (context) => {
  let closed = false;
  const server = await serve((request, response) => response.on('close', () => (closed = true)));
  context.after(server.close);
  const controller = new AbortController();
  const call = rejection(server.client().agents.get(14, { signal: controller.signal }));
  await until(() => server.recorded.length === 1);
  controller.abort();
  assert.equal((await call).name, 'AbortError');
  await until(() => closed, 1000);
});

test('a signal that was aborted before sends nothing', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const error = await rejection(server.client().agents.list(1, { signal: AbortSignal.abort('no') }));
  assert.equal(error, 'no');
  assert.equal(server.recorded.length, 0);
});

test('AbortSignal.timeout rejects with its own TimeoutError', async (context) => {
  const server = await serve(() => {});
  context.after(server.close);
  const error = await rejection(server.client().agents.list(1, { signal: AbortSignal.timeout(50) }));
  assert.equal(error.name, 'TimeoutError');
});

test('a POST with a lost connection is sent once, outcome unknown', async (context) => {
  const server = await serve((request) => request.socket.destroy());
  context.after(server.close);
  const error = await rejection(server.client().agents.create(AGENT));
  assert.equal(error.constructor, APIConnectionError);
  assert.equal(error.outcomeUnknown, true);
  assert.equal(server.recorded.length, 1);
  assert.ok(error.cause instanceof Error);
});

test('a GET is tried again after 503, and maxRetries bounds that', async (context) => {
  const server = await serve((_, response, __, count) =>
    count % 3 === 0 ? json(response, { data: [] }) : json(response, { status: false }, 503, { 'retry-after-ms': '1' }),
  );
  context.after(server.close);
  assert.deepEqual(await server.client().agents.list(1), []);
  assert.equal(server.recorded.length, 3);
  const error = await rejection(server.client().agents.list(1, { maxRetries: 0 }));
  assert.equal(error.constructor, callfluent.InternalServerError);
  assert.equal(error.attempts, 1);
});

test('a redirect to another origin is refused and names both', async (context) => {
  const other = await serve((_, response) => json(response, { data: {} }));
  const server = await serve((_, response) => response.writeHead(307, { location: `${other.baseUrl}/agent/create` }).end());
  context.after(other.close);
  context.after(server.close);
  const error = await rejection(server.client().agents.create(AGENT));
  assert.ok(error instanceof APIError);
  assert.ok(error.message.includes(new URL(other.baseUrl).origin) && error.message.includes(new URL(server.baseUrl).origin));
  assert.equal(other.recorded.length, 0);
});

test('an empty id is refused before anything is sent', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  for (const id of ['', ' ', null, undefined, '..', Number.NaN, 2 ** 53]) {
    assert.equal((await rejection(server.client().agents.get(id))).constructor, InvalidRequestError, String(id));
  }
  assert.equal(server.recorded.length, 0);
});

test('an id stays one segment of the path', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  await server.client().customFields.delete(1, '../../admin?x=1#y');
  assert.equal(server.recorded[0].target, '/api/agent/remove-custom-fields/1/..%2F..%2Fadmin%3Fx%3D1%23y');
});

test('a field of a record cannot take the place of an id', async (context) => {
  const server = await serve((_, response) => json(response, { data: { id: 1 } }));
  context.after(server.close);
  await server.client().calls.start(7, { phoneNumber: '+15550001234', agent_id: 9, agentId: 8 });
  assert.equal(server.recorded[0].path, '/api/call-api/make-call/7');
});

test('ids beyond 2^53 keep their digits in both directions', async (context) => {
  const server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"status":true,"data":[{"id":9007199254740993,"owner":9223372036854775807},{"id":123456789012345678901234567890},{"id":5}]}');
  });
  context.after(server.close);
  const client = server.client();
  const workspaces = await client.workspaces.list();
  assert.deepEqual(workspaces.map(({ id }) => id), ['9007199254740993', '123456789012345678901234567890', 5]);
  assert.equal(workspaces[0].owner, '9223372036854775807');
  await client.agents.list(9007199254740993n);
  await client.agents.list('9007199254740993');
  await client.calls.hangUp(9007199254740993n);
  assert.equal(server.recorded[1].path, '/api/agent/get-all/9007199254740993');
  assert.equal(server.recorded[2].path, '/api/agent/get-all/9007199254740993');
  assert.equal(server.recorded[3].body.toString(), '{"callid":9007199254740993}');
});

test('errors have the caller\'s line and the cause, not the key', async (context) => {
  const server = await serve((_, response) => json(response, { status: false, error: `bad key ${KEY}` }, 401));
  context.after(server.close);
  const client = server.client();
  // However it is called, and with whoever waits for the caller after it.
  const ways = [
    async function get() {
      return await client.agents.get(14);
    },
    async function getThenLose() {
      const agent = await client.agents.get(14);
      return agent.agent.id;
    },
    async function page() {
      return await client.calls.list(14);
    },
    async function iterate() {
      for await (const call of client.calls.list(14)) {
        assert.fail(call);
      }
    },
    async function upload() {
      return await client.knowledge.uploadOnly(14, [{ name: 'a.txt', data: 'text' }]);
    },
    async function plain() {
      return await client.request('GET', '/agent/get-one/14');
    },
    async function all() {
      return await Promise.all([client.agents.get(14)]);
    },
  ];
  async function outermost(way) {
    return await way();
  }
  let error;
  for (const way of ways) {
    error = await rejection(outermost(way));
    const frames = error.stack.split('\n').slice(1).filter((frame) => !frame.includes('Promise.all'));
    assert.match(frames[0], new RegExp(`${way.name} .*faults\\.test\\.mjs`));
    assert.match(frames.slice(1).join('\n'), /outermost .*faults\.test\.mjs/);
  }
  assert.ok(error.stack.startsWith('AuthenticationError: '));
  assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(KEY));
  const refused = await rejection((async () => client.agents.get(''))());
  assert.match(refused.stack.split('\n')[1], /faults\.test\.mjs/);
  const unreachable = await rejection(server.client({ baseUrl: 'http://127.0.0.1:1/api', maxRetries: 0 }).user.profile());
  assert.equal(unreachable.constructor, APIConnectionError);
  assert.ok(unreachable.cause instanceof Error && unreachable.cause.message.length > 0);
});
