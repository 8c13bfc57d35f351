// Code of the user that runs later, loggers and upload streams, has the AsyncLocalStorage of its
// request.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';

import { json, serve, until } from './support/server.mjs';

const storage = new AsyncLocalStorage();

test('a logger runs in the context of each request', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const seen = [];
  const logger = { debug: (_, { path }) => path && seen.push([storage.getStore(), path]) };
  const client = server.client({ logger });
  await Promise.all([1, 2, 3].map((id) => storage.run(`request ${id}`, () => client.agents.list(id))));
  await until(() => seen.length >= 3);
  for (const id of [1, 2, 3]) {
    const [store] = seen.find(([, path]) => path.endsWith(`/${id}`));
    assert.equal(store, `request ${id}`);
  }
});

test('pages of a list log in the context that iterates', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const seen = [];
  const client = server.client({ logger: { debug: () => seen.push(storage.getStore()) } });
  await storage.run('iteration', async () => {
    for await (const call of client.calls.list(1)) assert.fail(call.id);
  });
  await until(() => seen.length > 0);
  assert.deepEqual(new Set(seen), new Set(['iteration']));
});

test('an upload stream is read in the context of its upload', async (context) => {
  const server = await serve((_, response) => json(response, { status: true, data: [] }));
  context.after(server.close);
  const client = server.client();
  const seen = {};
  async function* generated(name) {
    seen[name] = storage.getStore();
    yield 'content';
  }
  const upload = (name) => storage.run(name, () => client.knowledge.uploadOnly(1, [{ name, data: generated(name) }]));
  await Promise.all([upload('a.txt'), upload('b.txt')]);
  assert.deepEqual(seen, { 'a.txt': 'a.txt', 'b.txt': 'b.txt' });
});
