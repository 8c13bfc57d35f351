// Hooks of bulk operations: every attempt of every item reaches them.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';

import { Sandbox } from './support/package.mjs';
import { json, serve, until } from './support/server.mjs';

/** Hooks that record what they see. */
function recorder({ isAsync = false } = {}) {
  const [begun, ended] = [[], []];
  const before = (attempt) => {
    attempt.headers['X-Attempt'] = `${attempt.path} ${attempt.number}`;
    begun.push(attempt);
  };
  const after = (attempt) => void ended.push(attempt);
  const later = (run) => async (attempt) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    run(attempt);
  };
  return isAsync
    ? { begun, ended, beforeAttempt: later(before), afterAttempt: later(after) }
    : { begun, ended, beforeAttempt: before, afterAttempt: after };
}

async function started(context) {
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  return sandbox;
}

const sent = async (sandbox) => (await sandbox.journal()).map(({ headers }) => headers['x-attempt']).sort();
const seen = ({ ended }) => ended.map(({ path, number }) => `${path} ${number}`).sort();

for (const isAsync of [false, true]) {
  const kind = isAsync ? 'async' : 'sync';
  test(`${kind} hooks see every attempt of every item`, async (context) => {
    const sandbox = await started(context);
    const hooks = recorder({ isAsync });
    await sandbox.respond({ status: 503 });
    const ids = Array.from({ length: 30 }, (_, index) => 1001 + (index % 3));
    const results = await sandbox.client({ hooks }).agents.getMany([...ids, 9999], { maxConcurrency: 7 });
    assert.deepEqual(results.filter(({ error }) => error).map(({ id }) => id), [9999]);
    await until(() => hooks.ended.length === hooks.begun.length);
    assert.deepEqual(await sent(sandbox), seen(hooks));
    assert.deepEqual(hooks.ended.map(({ status }) => status).sort(), [...Array(30).fill(200), 404, 503]);
    assert.deepEqual([...new Set(hooks.ended.map(({ operation }) => operation))], ['agents.get']);
  });
}

test('operations of several requests run hooks', async (context) => {
  const sandbox = await started(context);
  const hooks = recorder();
  const client = sandbox.client({ hooks });
  const changed = await client.agents.patchMany({ 1001: { tone: 'Warm' }, 1002: { tone: 'Calm' } });
  const listed = await client.calls.listMany([1001, 1002]);
  assert.deepEqual([...changed, ...listed].map(({ error }) => error), [undefined, undefined, undefined, undefined]);
  assert.deepEqual(await sent(sandbox), seen(hooks));
  assert.deepEqual(new Set(hooks.ended.map(({ operation }) => operation)), new Set(['agents.get', 'agents.update', 'calls.list']));
});

test('a hook that fails starts each phone call once', async (context) => {
  const sandbox = await started(context);
  const fail = () => {
    throw new Error('a defect');
  };
  const hooks = [{ beforeAttempt: fail, afterAttempt: async () => fail() }, recorder()];
  const leads = Array.from({ length: 5 }, (_, index) => ({ phoneNumber: `+1555123456${index}` }));
  const results = await sandbox.client({ hooks }).calls.startMany(1002, leads);
  assert.ok(results.every(({ value }) => value?.id));
  assert.equal((await sandbox.journal()).length, 5);
  assert.equal(hooks[1].ended.length, 5);
});

test('hooks and loggers run in the context of the operation', async (context) => {
  const sandbox = await started(context);
  const storage = new AsyncLocalStorage();
  const places = [];
  const hooks = { beforeAttempt: () => void places.push(storage.getStore()) };
  const logged = [];
  const logger = { debug: () => void logged.push(storage.getStore()) };
  const client = sandbox.client({ hooks, logger });
  const ids = Array.from({ length: 50 }, () => 1001);
  await Promise.all(['left', 'right'].map((place) => storage.run(place, async () => await client.agents.getMany(ids, { maxConcurrency: 2 }))));
  const expected = [...Array(50).fill('left'), ...Array(50).fill('right')];
  assert.deepEqual(places.sort(), expected);
  assert.deepEqual(logged.sort(), expected);
});

test('the event loop runs while hooks wait', async (context) => {
  const sandbox = await started(context);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const hooks = { beforeAttempt: async () => { for (let turns = 0; turns < 5; turns += 1) await turn(); } };
  const results = await sandbox.client({ hooks }).agents.getMany(Array(20).fill(1001), { maxConcurrency: 20 });
  assert.equal(results.filter(({ error }) => error).length, 0);
});

test('hooks run while the code that takes results waits', async (context) => {
  const sandbox = await started(context);
  const hooks = recorder();
  let taken = 0;
  for await (const { error } of sandbox.client({ hooks }).agents.getMany([1001, 1002, 1003], { maxConcurrency: 1 })) {
    assert.equal(error, undefined);
    taken += 1;
    if (taken === 1) await until(() => hooks.ended.length === 3);
  }
  assert.equal(taken, 3);
});

test('an operation that ends early ends its attempts', async (context) => {
  const server = await serve((_, response, entry) => {
    if (entry.path.endsWith('/1')) json(response, { data: { agent: { id: 1 }, files: [] } });
  });
  context.after(server.close);
  const hooks = recorder();
  for await (const { id } of server.client({ hooks }).agents.getMany([1, 2, 3, 4])) {
    assert.equal(id, 1);
    await until(() => hooks.begun.length === 4);
    break;
  }
  await until(() => hooks.ended.length === 4);
  assert.deepEqual(hooks.ended.map(({ error }) => error), [undefined, 'canceled', 'canceled', 'canceled']);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(hooks.ended.length, 4, 'the end of an attempt is reported once');
});

test('an aborted operation ends its attempts', async (context) => {
  const server = await serve(() => {});
  context.after(server.close);
  const hooks = recorder();
  const controller = new AbortController();
  const operation = server.client({ hooks }).agents.getMany([1, 2, 3], { signal: controller.signal });
  const rejected = assert.rejects(async () => await operation, { name: 'AbortError' });
  await until(() => hooks.begun.length === 3);
  controller.abort();
  await rejected;
  await until(() => hooks.ended.length === 3);
  assert.deepEqual(hooks.ended.map(({ error }) => error), ['canceled', 'canceled', 'canceled']);
});

test('an operation that is aborted in a hook phones nobody', async (context) => {
  const server = await serve((_, response) => json(response, { data: { id: 1 } }));
  context.after(server.close);
  const controller = new AbortController();
  const hooks = {
    beforeAttempt: async () => {
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
  const leads = [{ phoneNumber: '+15551234567' }, { phoneNumber: '+15551234568' }];
  await assert.rejects(async () => await server.client({ hooks }).calls.startMany(1, leads, { signal: controller.signal }), { name: 'AbortError' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.recorded.length, 0);
});
