// Aborted requests: they reject at once, the server sees the end, and nothing leaks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { addon, CallFluent } from './support/package.mjs';
import { assertNoMoreThan, figure, length, settled, stopwatch } from './support/scale.mjs';
import { json, KEY, serve, until } from './support/server.mjs';

const CANCELLATIONS = length(1_000, 10_000);
const AT_ONCE = 50;
/** Limit in milliseconds for the server to see it. */
const SOON = 100;

/**
 * A server that reads requests, never responds, and records the end of their connections.
 * It has its own process, so that its memory is not counted.
 */
const SILENT = `
  const { createServer } = require('node:net');
  const server = createServer((socket) => {
    let head = '';
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      head += piece;
      if (head.includes('\\r\\n\\r\\n')) { head = ''; process.send(['begun', Date.now()]); }
    });
    socket.on('close', () => process.send(['ended', performance.timeOrigin + performance.now()]));
  });
  server.listen(0, '127.0.0.1', 4096, () => process.send(['port', server.address().port]));
  process.on('disconnect', () => process.exit(0));`;

/** Resources that the addon holds for this thread. */
let native;
const { keepAlive } = addon.Completions.prototype;
addon.Completions.prototype.keepAlive = function (alive) {
  native = this;
  return keepAlive.call(this, alive);
};

/** Number of listeners on the signals of these tests. */
let listeners = 0;

function counted() {
  const controller = new AbortController();
  for (const [method, step] of [['addEventListener', 1], ['removeEventListener', -1]]) {
    const original = controller.signal[method];
    controller.signal[method] = (...given) => {
      listeners += step;
      return original.apply(controller.signal, given);
    };
  }
  return controller;
}

async function silent(context) {
  const server = spawn(process.execPath, ['--eval', SILENT], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  context.after(() => server.kill());
  const seen = { begun: [], ended: [] };
  const [[, port]] = await once(server, 'message');
  server.on('message', ([what, when]) => seen[what].push(when));
  return { seen, process: server.pid, client: new CallFluent({ apiKey: KEY, baseUrl: `http://127.0.0.1:${port}/api` }) };
}

const now = () => performance.timeOrigin + performance.now();

async function giveUp({ client, seen, process }, count) {
  const latencies = [];
  for (let round = 0; round < count / AT_ONCE; round++) {
    [seen.begun, seen.ended] = [[], []];
    const controllers = Array.from({ length: AT_ONCE }, () => counted());
    const calls = controllers.map(({ signal }) => client.workspaces.list({ signal }));
    const results = Promise.allSettled(calls);
    await until(() => seen.begun.length === AT_ONCE);
    const aborted = now();
    const elapsed = stopwatch('self', process);
    for (const controller of controllers) controller.abort(new Error('changed my mind'));
    for (const { reason } of await results) assert.equal(reason.message, 'changed my mind');
    assert.equal(listeners, 0);
    assert.ok(elapsed() < SOON);
    await until(() => seen.ended.length === AT_ONCE);
    const waited = now() - aborted - elapsed();
    latencies.push(...seen.ended.map((ended) => ended - aborted - waited));
  }
  return latencies.sort((one, other) => one - other);
}

test('the server sees aborted requests end, and nothing leaks', { timeout: length(60_000, 600_000) }, async (context) => {
  const server = await silent(context);
  await giveUp(server, Math.max(CANCELLATIONS / 10, 500));
  const before = await settled();
  const latencies = await giveUp(server, CANCELLATIONS);
  const after = await settled();
  assert.equal(native.requestsInFlight, 0);
  const at = (share) => latencies[Math.floor((latencies.length - 1) * share)];
  figure(
    `cancellation, Node, ${CANCELLATIONS} calls, ${AT_ONCE} at once: seen by the server after ${at(0.5).toFixed(1)} ms (median), ` +
      `${at(0.99).toFixed(1)} ms (99 of 100), ${at(1).toFixed(1)} ms (last); before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`,
  );
  assert.ok(at(0.99) < SOON, `${at(0.99)} ms`);
  assertNoMoreThan(before, after);
});

test('requests aborted between attempts reject and are not retried', async (context) => {
  const server = await serve((_, response) => json(response, { status: false }, 503, { 'retry-after': '1' }));
  context.after(server.close);
  const controllers = Array.from({ length: 100 }, () => new AbortController());
  const client = server.client({ maxRetries: 5 });
  const calls = controllers.map(({ signal }) => client.workspaces.list({ signal }));
  const results = Promise.allSettled(calls);
  await until(() => server.recorded.length === 100);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const elapsed = stopwatch('self');
  for (const controller of controllers) controller.abort();
  assert.ok((await results).every(({ reason }) => reason.name === 'AbortError'));
  assert.ok(elapsed() < SOON);
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  assert.equal(server.recorded.length, 100);
});

test('a signal that outlives its calls keeps none of them', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const { signal } = counted();
  const client = server.client();
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 5 }, () => client.workspaces.list({ signal })));
  }
  assert.equal(listeners, 0);
});

// Were the call kept on the list, this process would wait for it for ever.
test('an invalid signal fails its request and leaks nothing', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const client = server.client();
  const { signal } = new AbortController();
  const unbound = { aborted: false, addEventListener: signal.addEventListener };
  for (let round = 0; round < 2; round++) {
    await assert.rejects(client.workspaces.list({ signal: unbound }), TypeError);
  }
  const heard = { aborted: false, addEventListener: () => {} };
  assert.deepEqual(await client.workspaces.list({ signal: heard }), []);
  assert.equal(server.recorded.length, 1);
});

test('aborted uploads leak no request, stream or listener', async (context) => {
  const server = await serve((_, response) => void response);
  context.after(server.close);
  const client = server.client();
  for (let round = 0; round < length(4, 40); round++) {
    const before = server.sockets.size;
    const controller = counted();
    const { signal } = controller;
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(1024);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    const results = Promise.allSettled(
      Array.from({ length: 25 }, () => client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: endless() }], { signal })),
    );
    await until(() => server.sockets.size >= before + 25);
    assert.equal(native.requestsInFlight, 25);
    controller.abort(new Error('changed my mind'));
    assert.ok((await results).every(({ reason }) => reason.message === 'changed my mind'));
    await until(() => native.requestsInFlight === 0 && native.streamsOpen === 0 && server.sockets.size === 0);
    assert.equal(listeners, 0);
  }
});

test('requests aborted in the turn that made them are not sent', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const client = server.client();
  const controller = counted();
  const results = Promise.allSettled(Array.from({ length: 100 }, () => client.workspaces.list({ signal: controller.signal })));
  controller.abort();
  assert.ok((await results).every(({ reason }) => reason.name === 'AbortError'));
  await until(() => native.requestsInFlight === 0);
  assert.equal(listeners, 0);
  assert.deepEqual(await client.workspaces.list(), []);
});

/** Aborts a request in flight. Returns its error, and the signal. */
async function aborted(server, attempt, reason) {
  const controller = new AbortController();
  const before = server.recorded.length;
  const failed = attempt({ signal: controller.signal }).catch((error) => error);
  await until(() => server.recorded.length > before);
  controller.abort(reason);
  return { error: await failed, signal: controller.signal };
}

test('an aborted request that is not idempotent reports it', async (context) => {
  const server = await serve((_, response) => void response);
  context.after(server.close);
  const client = server.client();
  const attempts = {
    'calls.start': (options) => client.calls.start(7, { phoneNumber: '+15550001234' }, options),
    'knowledge.upload_only': (options) => client.knowledge.uploadOnly(7, [{ name: 'a.txt', data: 'a' }], options),
    request: (options) => client.request('POST', '/x', {}, options),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    for (const reason of [undefined, new Error('changed my mind')]) {
      const { error, signal } = await aborted(server, attempt, reason);
      assert.equal(error, signal.reason);
      assert.equal(error.outcomeUnknown, true);
      assert.equal(error.cause.name, 'APIConnectionError');
      assert.equal(error.cause.outcomeUnknown, true);
      assert.match(error.cause.message, new RegExp(`^${name} was aborted\\. The outcome is unknown`));
    }
  }
});

test('an aborted idempotent request keeps its reason unchanged', async (context) => {
  const server = await serve((_, response) => void response);
  context.after(server.close);
  const controller = new AbortController();
  const failed = server.client().agents.list(7, { signal: controller.signal }).catch((error) => error);
  await until(() => server.recorded.length === 1);
  controller.abort();
  assert.equal((await failed).outcomeUnknown, undefined);
  const text = new AbortController();
  const other = server.client().workspaces.list({ signal: text.signal }).catch((error) => error);
  text.abort('changed my mind');
  assert.equal(await other, 'changed my mind');
});

test('a reason without properties is the cause of an AbortError', async (context) => {
  const server = await serve((_, response) => void response);
  context.after(server.close);
  const client = server.client();
  const attempts = {
    'workspaces.create': (options) => client.workspaces.create('w', options),
    request: (options) => client.request('POST', '/new', {}, options),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    for (const reason of ['changed my mind', null, Object.freeze(new Error('frozen'))]) {
      const { error, signal } = await aborted(server, attempt, reason);
      assert.deepEqual([error.name, error.cause, error.outcomeUnknown], ['AbortError', reason, true]);
      assert.match(error.message, new RegExp(`^${name} was aborted\\. The outcome is unknown`));
      assert.match(error.stack, /^AbortError: /);
    }
  }
});

test('an aborted request by path knows the catalog', async (context) => {
  const server = await serve((_, response) => void response);
  context.after(server.close);
  const unknown = async (method, path) => {
    const controller = new AbortController();
    const failed = server.client().request(method, path, {}, { signal: controller.signal }).catch((error) => error);
    controller.abort();
    return (await failed).outcomeUnknown === true;
  };
  assert.deepEqual(await Promise.all([unknown('POST', '/new'), unknown('put', 'new'), unknown('PATCH', '/new?a=1')]), [true, true, true]);
  assert.deepEqual(await Promise.all([unknown('GET', '/new'), unknown('DELETE', '/new')]), [false, false]);
});
