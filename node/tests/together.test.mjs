// Calls that are made in the same turn of the event loop: they are handed over together, and each
// stands for itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addon, callfluent } from './support/package.mjs';
import { json, KEY, serve, until } from './support/server.mjs';

/** A server that responds to each request with the id in its path, those of odd ids first. */
async function echo(context) {
  const server = await serve((request, response) => {
    const id = Number(/\d+$/.exec(request.url)[0]);
    setTimeout(() => json(response, { status: true, data: [{ id, name: 'á€😀'.repeat(id % 3) }] }), id % 2 ? 0 : 30);
  });
  context.after(server.close);
  return server;
}

function nested(depth) {
  let value = {};
  for (let level = 0; level < depth; level++) value = { value };
  return value;
}

test('each request gets its own response, in any order', async (context) => {
  const server = await echo(context);
  const clients = [server.client(), server.client()];
  const ids = Array.from({ length: 200 }, (_, index) => index + 1);
  const results = await Promise.all(ids.map((id) => clients[id % 2].agents.list(id)));
  assert.deepEqual(results.map(([{ id }]) => id), ids);
  assert.equal(results[4][0].name, 'á€😀á€😀');
});

test('one invalid request does not stop the others', async (context) => {
  const server = await echo(context);
  const client = server.client();
  const outcomes = await Promise.allSettled([
    client.agents.list(1),
    client.agents.list(2, { extraBody: nested(1_000) }),
    client.agents.list('\ud800'),
    client.agents.list(''),
    client.agents.list(5, { timeout: 0 }),
    client.agents.list(6),
  ]);
  assert.deepEqual(
    outcomes.map(({ value, reason }) => value?.[0].id ?? reason.constructor),
    [1, ...Array(4).fill(callfluent.InvalidRequestError), 6],
  );
  assert.equal(server.recorded.length, 2);
});

test('an unknown operation is rejected without stopping others', async (context) => {
  const server = await echo(context);
  const client = server.client();
  const names = ['agents.li"st', 'agents.list\n', '\\', '"],[1,"agents.list",{},null]', '', '\ud800', 7, undefined, Symbol('s'), {}];
  // TypeScript hides this method; in JavaScript anybody can call it.
  const odd = names.map((name) => client.agents.call(name, { workspace_id: 1 }));
  const outcomes = await Promise.allSettled([client.agents.list(1), ...odd, client.agents.list(2)]);
  assert.deepEqual(
    outcomes.map(({ value, reason }) => value?.[0].id ?? reason.constructor),
    [1, ...names.map(() => callfluent.InvalidRequestError), 2],
  );
  assert.equal(server.recorded.length, 2);
});

test('one undecodable request of a batch fails alone', async (context) => {
  const server = await echo(context);
  const ended = new Map();
  const queue = new addon.Completions(() => {
    const events = JSON.parse(queue.drain());
    for (let index = 0; index < events.length; index += 3) ended.set(events[index], events.slice(index + 1, index + 3));
  });
  queue.keepAlive(true);
  context.after(() => queue.keepAlive(false));
  const client = new addon.NativeClient(queue, JSON.stringify({ apiKey: KEY, baseUrl: server.baseUrl }), null);
  const call = (ticket, operation) => `[${ticket},${operation},{"workspace_id":${ticket}},null]`;
  client.start([call(1, '"agents.list"'), call(2, '"agents.li"st"'), '[3,', '[4]', call(5, '"agents.li\\u0073t"')].join('\n'));
  await until(() => ended.size === 5);
  const [ANSWER, FAILURE] = [0, 1];
  assert.deepEqual([1, 2, 3, 4, 5].map((ticket) => ended.get(ticket)[0]), [ANSWER, FAILURE, FAILURE, FAILURE, ANSWER]);
  assert.match(ended.get(2)[1].message, /^request: invalid arguments \(not sent\): expected/);
  assert.equal(server.recorded.length, 2);
  client.close();
});

test('a request aborted in its own turn ends alone', async (context) => {
  let open = 0;
  const server = await serve((request, response) => {
    open += 1;
    response.on('close', () => (open -= 1));
    if (request.url.endsWith('/2')) json(response, { status: true, data: [{ id: 2 }] });
  });
  context.after(server.close);
  const client = server.client();
  const controller = new AbortController();
  const aborted = client.agents.list(1, { signal: controller.signal });
  const answered = client.agents.list(2);
  controller.abort(new Error('changed my mind'));
  await assert.rejects(aborted, /changed my mind/);
  assert.equal((await answered)[0].id, 2);
  await until(() => open === 0);
  await client.close();
});

test('closing waits for those that are not handed over yet', async (context) => {
  const server = await echo(context);
  const client = server.client();
  const ended = [];
  const calls = [2, 4].map((id) => client.agents.list(id).then(([agent]) => ended.push(agent.id)));
  await client.close();
  await Promise.all(calls);
  assert.deepEqual(ended.sort(), [2, 4]);
  assert.equal(server.recorded.length, 2);
});

test('large responses arrive in several turns, unchanged', async (context) => {
  const page = (id) => Array.from({ length: 300 }, (_, index) => ({ id: id * 1_000 + index, name: 'n'.repeat(1_000) }));
  const server = await serve((request, response) => json(response, { status: true, data: page(Number(/\d+$/.exec(request.url)[0])) }));
  context.after(server.close);
  const client = server.client();
  const ids = Array.from({ length: 20 }, (_, index) => index + 1);
  const results = await Promise.all(ids.map((id) => client.agents.list(id)));
  for (const [index, answer] of results.entries()) {
    assert.deepEqual(answer.map(({ id, name }) => [id, name.length]), page(ids[index]).map(({ id }) => [id, 1_000]));
  }
});

test('one signal aborts all its requests without a warning', async (context) => {
  const server = await serve(() => {});
  context.after(server.close);
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning);
  process.on('warning', onWarning);
  context.after(() => process.off('warning', onWarning));
  const controller = new AbortController();
  const client = server.client();
  const calls = Array.from({ length: 30 }, (_, id) => client.agents.list(id + 1, { signal: controller.signal }));
  setTimeout(() => controller.abort(), 50);
  const outcomes = await Promise.allSettled(calls);
  assert.ok(outcomes.every(({ reason }) => reason === controller.signal.reason));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(warnings, []);
});

test('values without JSON and invalid headers are rejected', async (context) => {
  const server = await echo(context);
  const client = server.client();
  const { InvalidRequestError } = callfluent;
  await assert.rejects(client.agents.create({ toJSON: () => undefined }), InvalidRequestError);
  await assert.rejects(client.request('POST', '/x', { json: { text: '\ud83d' } }), InvalidRequestError);
  await assert.rejects(client.agents.list(1, { headers: new Headers({ tenant: 'a' }) }), InvalidRequestError);
  await assert.rejects(client.agents.list(1, { extraBody: { share: Number.NaN } }), InvalidRequestError);
  assert.equal((await client.agents.list(3))[0].id, 3);
  assert.equal(server.recorded.length, 1);
});
