// Hooks before and after each attempt of a request. A hook that fails changes nothing.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { callfluent, CallFluent, Sandbox } from './support/package.mjs';
import { json, KEY, serve, until } from './support/server.mjs';
import { SURFACE } from './support/surface.mjs';
import { camel, namedArguments, vectors } from './support/vectors.mjs';

const { APITimeoutError, InvalidRequestError } = callfluent;

/** Hooks that record what they see. */
function recorder({ isAsync = false } = {}) {
  const [begun, ended] = [[], []];
  const before = (attempt) => {
    attempt.headers['X-Attempt'] = String(attempt.number);
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

/** Every way in which a hook can fail. */
const BROKEN = [
  { beforeAttempt: () => { throw new Error('a defect'); }, afterAttempt: () => { throw new Error('a defect'); } },
  { beforeAttempt: async () => { throw new Error('a defect'); }, afterAttempt: async () => { throw new Error('a defect'); } },
  { beforeAttempt: () => { throw Object.create(null); }, afterAttempt: () => { throw undefined; } },
  { beforeAttempt: () => ({ get then() { throw new Error('a defect'); } }), afterAttempt: () => ({ then: (_, reject) => reject(1) }) },
  { beforeAttempt: (attempt) => { attempt.headers = null; }, afterAttempt: (attempt) => Object.freeze(attempt) },
  { beforeAttempt: (attempt) => { attempt.headers['x-cut'] = '\ud83d'; attempt.headers['x\n'] = 'a'; attempt.headers['x-number'] = 5; } },
  { beforeAttempt: (attempt) => Object.freeze(attempt) },
  { beforeAttempt: (attempt) => { attempt.headers = new Proxy({}, { ownKeys: () => { throw new Error('a defect'); } }); } },
];

async function started(context, options) {
  const sandbox = await Sandbox.start({ demo: true, ...options });
  context.after(() => sandbox.close());
  return sandbox;
}

for (const isAsync of [false, true]) {
  const kind = isAsync ? 'async' : 'sync';
  test(`${kind} hooks see the attempts of the vectors`, async (context) => {
    for (const vector of vectors('attempts', 'visibility')) {
      await context.test(vector.name, async (context) => {
        const sandbox = await started(context);
        for (const { process_first: processFirst, body_text: bodyText, disconnect, ...response } of vector.responses) {
          await sandbox.respond({ ...response, processFirst, bodyText, disconnect: disconnect && camel(disconnect) });
        }
        const hooks = recorder({ isAsync });
        const client = sandbox.client({ maxRetries: vector.max_retries, hooks });
        const error = await SURFACE[vector.operation](client, namedArguments(vector), { requestId: vector.request_id }).then(
          () => null,
          (reason) => reason,
        );
        assert.equal(error?.name ?? null, vector.error);
        await until(() => hooks.ended.length === vector.attempts.length);
        const seen = hooks.ended.map(({ number, status, error }) => ({ number, status: status ?? null, error: error ?? null }));
        assert.deepEqual(seen, vector.attempts);
        assert.deepEqual(hooks.begun, hooks.ended);
        for (const attempt of hooks.ended) {
          assert.equal(attempt.operation, camel(vector.operation));
          const { method, path, urlTemplate } = attempt;
          assert.deepEqual([method, path, urlTemplate], [vector.method, vector.path, vector.url_template]);
          assert.equal(attempt.clientRequestId, vector.request_id);
          assert.ok(attempt.duration >= 0 && attempt.duration < 30_000, attempt.duration);
        }
        const sent = (await sandbox.journal()).map(({ headers }) => headers['x-attempt']);
        assert.deepEqual(sent, vector.attempts.map(({ number }) => String(number)));
      });
    }
  });
}

test('a hook that fails changes nothing', async (context) => {
  const sandbox = await started(context);
  for (const [index, broken] of BROKEN.entries()) {
    const hooks = recorder();
    const call = await sandbox.client({ hooks: [broken, hooks] }).calls.start(1002, { phoneNumber: '+15551234567' });
    assert.ok(call.id, `hook ${index}`);
    assert.equal((await sandbox.journal()).length, index + 1, 'each phone call is started once');
    assert.equal(hooks.ended.length, 1, `hook ${index}`);
  }
});

test('a failed hook is logged with its operation', async (context) => {
  const sandbox = await started(context);
  const storage = new AsyncLocalStorage();
  const seen = [];
  const logger = { warn: (line, record) => seen.push({ line, record, store: storage.getStore() }) };
  const fail = () => {
    throw new RangeError('a defect');
  };
  const client = sandbox.client({ logger, hooks: { beforeAttempt: fail, afterAttempt: async () => fail() } });
  await storage.run('lead 42', () => client.agents.getPublic(1002));
  await until(() => seen.length === 2);
  assert.deepEqual(seen.map(({ record }) => record), [
    { level: 'warn', message: 'a hook failed; the request continues without it', hook: 'beforeAttempt', operation: 'agents.getPublic', error: 'a defect' },
    { level: 'warn', message: 'a hook failed; the request continues without it', hook: 'afterAttempt', operation: 'agents.getPublic', error: 'a defect' },
  ]);
  assert.match(seen[0].line, /^callfluent: a hook failed; the request continues without it hook=beforeAttempt /);
  assert.equal(seen[0].store, 'lead 42');
});

test('a hook cannot replace the key', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const seen = [];
  const hooks = {
    beforeAttempt: ({ headers }) =>
      void Object.assign(headers, { Authorization: 'Bearer mine', 'X-Good': '1', 'bad name': '1', 'X-Number': 5 }),
  };
  await server.client({ hooks, logger: { warn: (_, { error }) => seen.push(error) } }).workspaces.list();
  const { headers } = server.recorded[0];
  assert.deepEqual([headers.authorization, headers['x-good'], headers['x-number']], [`Bearer ${KEY}`, '1', undefined]);
  await until(() => seen.length === 3);
  assert.ok(seen.some((reason) => reason.includes('is set from the API key')), seen.join());
});

test('hooks see neither the key nor values of the query', async (context) => {
  const server = await serve((_, response) => json(response, {}, 200, { 'x-request-id': KEY }));
  context.after(server.close);
  const hooks = recorder();
  await server.client({ hooks }).request('GET', `/x/${KEY}`, { query: { token: 'hidden', page: 2 } });
  const shown = inspect(hooks.ended) + JSON.stringify(hooks.ended);
  assert.match(shown, /page=2/);
  assert.ok(!shown.includes(KEY) && !shown.includes('hidden'), shown);
  assert.ok(!shown.includes('X-Attempt'), 'headers of hooks can be secrets');
});

test('other values are rejected as hooks', () => {
  for (const hooks of [5, 'a', {}, [undefined], [{ beforeAttempt: 1 }], [recorder(), null]]) {
    const thrown = (() => {
      try {
        return new CallFluent({ apiKey: KEY, hooks });
      } catch (error) {
        return error;
      }
    })();
    assert.ok(thrown instanceof InvalidRequestError, inspect(hooks));
    assert.deepEqual(thrown.fieldErrors.map(({ field }) => field), ['hooks']);
  }
  assert.ok(new CallFluent({ apiKey: KEY, hooks: [] }) && new CallFluent({ apiKey: KEY, hooks: undefined }));
});

test('hooks run in the context of their request', async (context) => {
  const sandbox = await started(context);
  const storage = new AsyncLocalStorage();
  const seen = { before: [], after: [] };
  const hooks = {
    beforeAttempt: () => void seen.before.push(storage.getStore()),
    afterAttempt: () => void seen.after.push(storage.getStore()),
  };
  const client = sandbox.client({ hooks });
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  await Promise.all(numbers.map((number) => storage.run(number, () => client.agents.get(1001))));
  const sorted = (list) => list.toSorted((a, b) => a - b);
  assert.deepEqual([sorted(seen.before), sorted(seen.after)], [numbers, numbers]);
});

test('a derived client has the hooks of its parent', async (context) => {
  const sandbox = await started(context);
  const hooks = recorder();
  const client = sandbox.client({ hooks });
  await client.withOptions({ timeout: 5_000 }).agents.get(1001);
  await client.withRawResponse.agents.get(1001);
  for await (const call of client.calls.list(1001)) assert.ok(call.id);
  assert.deepEqual(new Set(hooks.ended.map(({ operation }) => operation)), new Set(['agents.get', 'calls.list']));
});

test('hooks of one client do not see requests of another', async (context) => {
  const sandbox = await started(context);
  const [one, other] = [recorder(), recorder()];
  const clients = [sandbox.client({ hooks: one }), sandbox.client({ hooks: other }), sandbox.client()];
  await Promise.all(clients.map((client) => client.agents.get(1001)));
  assert.deepEqual([one.ended.length, other.ended.length], [1, 1]);
});

test('a hook can send requests with another client', async (context) => {
  const sandbox = await started(context);
  const other = sandbox.client();
  const hooks = {
    beforeAttempt: async ({ headers }) => {
      headers['x-name'] = String((await other.agents.get(1002)).agent.id);
    },
  };
  await sandbox.client({ hooks }).agents.get(1001);
  assert.equal((await sandbox.journal()).at(-1).headers['x-name'], '1002');
});

test('a slow hook does not delay requests of other clients', async (context) => {
  const sandbox = await started(context);
  let release;
  const slow = sandbox.client({ hooks: { beforeAttempt: () => new Promise((resolve) => (release = resolve)) } });
  const waiting = slow.agents.get(1001);
  await until(() => release !== undefined);
  await Promise.all([1, 2, 3].map(() => sandbox.client().agents.get(1002)));
  release();
  await waiting;
  assert.equal((await sandbox.journal()).length, 4);
});

test('a hook counts for the timeout', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const ended = [];
  let release;
  const hooks = {
    beforeAttempt: () => new Promise((resolve) => (release = resolve)),
    afterAttempt: ({ error }) => void ended.push(error),
  };
  await assert.rejects(server.client({ hooks, timeout: 100 }).workspaces.list(), APITimeoutError);
  assert.equal(server.recorded.length, 0);
  assert.deepEqual(ended, [], 'the hook before the attempt still runs');
  release();
  await until(() => ended.length > 0);
  assert.deepEqual(ended, ['APITimeoutError']);
  assert.equal(server.recorded.length, 0);
});

test('an aborted request ends its attempt', async (context) => {
  const server = await serve(() => {});
  context.after(server.close);
  const hooks = recorder();
  const controller = new AbortController();
  const request = server.client({ hooks }).agents.get(7, { signal: controller.signal });
  await until(() => server.recorded.length > 0);
  controller.abort();
  assert.deepEqual(hooks.ended.map(({ error }) => error), ['canceled']);
  await assert.rejects(request, { name: 'AbortError' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(hooks.ended.length, 1, 'the end of an attempt is reported once');
});

test('a request that is aborted in its hook is not sent', async (context) => {
  const server = await serve((_, response) => json(response, { data: { id: 1 } }));
  context.after(server.close);
  const controller = new AbortController();
  const ended = [];
  const hooks = {
    beforeAttempt: async () => {
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    afterAttempt: ({ error }) => void ended.push(error),
  };
  const call = server.client({ hooks }).calls.start(1, { phoneNumber: '+15551234567' }, { signal: controller.signal });
  await assert.rejects(call, { name: 'AbortError' });
  await until(() => ended.length > 0);
  assert.deepEqual(ended, ['canceled']);
  assert.equal(server.recorded.length, 0);
});

test('a hook can send requests with its own client', async (context) => {
  const sandbox = await started(context);
  const read = [];
  const hooks = {
    afterAttempt: async ({ operation }) => {
      if (operation === 'agents.list') read.push((await client.agents.get(1001)).agent.id);
    },
  };
  const client = sandbox.client({ hooks });
  await client.agents.list(1);
  await until(() => read.length > 0);
  assert.deepEqual(read, [1001]);
});
