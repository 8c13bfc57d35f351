// Waiting for the end of a call and watching the calls of an agent, on the sandbox's clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { callfluent, Sandbox } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const { APITimeoutError, InvalidRequestError, NotFoundError } = callfluent;

const AGENT = 1002;
const SHORT = { minInterval: 5, maxInterval: 10 };
/** Milliseconds after which a test fails. */
const PATIENCE = 30_000;

async function begin(context) {
  const sandbox = await Sandbox.start({ demo: true, pageSize: 2 });
  const client = sandbox.client();
  context.after(async () => {
    await client.close();
    await sandbox.close();
  });
  const start = async () => (await client.calls.start(AGENT, { phoneNumber: '+15550001234' })).id;
  const lists = async () => (await sandbox.journal()).filter(({ operation }) => operation === 'calls.list').length;
  return { sandbox, client, start, lists };
}

async function until(condition) {
  for (const end = Date.now() + PATIENCE; !(await condition()); ) {
    assert.ok(Date.now() < end);
    await sleep(5);
  }
}

test('a wait returns the call when it has ended', async (context) => {
  const { sandbox, client, start, lists } = await begin(context);
  const id = await start();
  const waiting = client.calls.wait(AGENT, id, { timeout: PATIENCE, ...SHORT });
  await until(async () => (await lists()) > 3);
  await sandbox.advance(600);
  const call = await waiting;
  assert.deepEqual([call.id, call.status], [id, 'completed']);
});

for (const [name, asynchronous] of [['a predicate', false], ['a predicate that is async', true]]) {
  test(`a wait takes ${name}`, async (context) => {
    const { sandbox, client, start } = await begin(context);
    const id = await start();
    const seen = [];
    const check = ({ status }) => {
      seen.push(status);
      if (seen.length === 2) {
        void sandbox.advance(10);
      }
      return status === 'in-progress';
    };
    const ended = asynchronous ? async (call) => sleep(1).then(() => check(call)) : check;
    const call = await client.calls.wait(AGENT, id, { timeout: PATIENCE, ended, ...SHORT });
    assert.deepEqual([call.status, ...new Set(seen)], ['in-progress', 'ringing', 'in-progress']);
  });
}

test('an expired wait names the last state', async (context) => {
  const { client, start } = await begin(context);
  const id = await start();
  await assert.rejects(client.calls.wait(AGENT, id, { timeout: 200 }), (error) => {
    assert.ok(error instanceof APITimeoutError);
    const message = `calls.wait: timeout after 0.2 s: phone call ${id} has not ended, its status is "ringing"`;
    assert.ok(error.message.includes(message), error.message);
    assert.match(error.stack, /watching\.test\.mjs/);
    return true;
  });
  await assert.rejects(client.calls.wait(AGENT, '999999', { timeout: 200 }), /agent 1002 does not contain phone call 999999/);
});

test('a wait whose timeout has passed sends nothing', async (context) => {
  const { sandbox, client } = await begin(context);
  for (const timeout of [1e-6, 1e-3]) {
    await assert.rejects(client.calls.wait(AGENT, 1, { timeout }), (error) => {
      assert.ok(error instanceof APITimeoutError, error);
      assert.match(error.message, /calls\.wait: timeout after 0.* was not read in time/);
      return true;
    });
  }
  assert.deepEqual(await sandbox.journal(), []);
});

test('invalid options are found before sending', async (context) => {
  const { sandbox, client } = await begin(context);
  await assert.rejects(client.calls.wait(AGENT, 1, { timeout: 'soon' }), InvalidRequestError);
  await assert.rejects(client.calls.wait(AGENT, 1, { timeout: 0 }), /timeout: expected milliseconds: a number above 0/);
  await assert.rejects(client.calls.wait(AGENT, 1, { ended: true }), /ended: expected a function, got/);
  await assert.rejects(client.calls.wait(AGENT, 1, { minInterval: 2000, maxInterval: 1000 }), /maxInterval: must be at least/);
  assert.throws(() => client.calls.watch(AGENT, { includeExisting: 1 }), /includeExisting: expected true or false/);
  assert.throws(() => client.calls.watch(AGENT, { interval: 1 }), /interval: unknown option; known: minInterval/);
  assert.deepEqual(await sandbox.journal(), []);
});

test('a watch yields new and changed calls', async (context) => {
  const { sandbox, client, start, lists } = await begin(context);
  const seen = [];
  const act = async () => {
    await until(async () => (await lists()) > 4);
    const id = await start();
    await until(() => seen.length === 1);
    await sandbox.advance(600);
    return id;
  };
  const acting = act();
  for await (const call of client.calls.watch(AGENT, SHORT)) {
    seen.push([call.id, call.status]);
    if (seen.length === 2) {
      break;
    }
  }
  const id = await acting;
  assert.deepEqual(seen, [[id, 'ringing'], [id, 'completed']]);
});

test('a watch yields existing calls on request', async (context) => {
  const { client } = await begin(context);
  const existing = [];
  for await (const call of client.calls.list(AGENT)) {
    existing.push(call.id);
  }
  assert.ok(existing.length > 0);
  const calls = client.calls.watch(AGENT, { includeExisting: true });
  // Calls of `next` run one after another.
  const results = await Promise.all(existing.map(() => calls.next()));
  assert.deepEqual(results.map(({ value }) => value.id), existing);
});

test('a watch continues after an error', async (context) => {
  const { sandbox, start } = await begin(context);
  const client = sandbox.client({ maxRetries: 0 });
  context.after(() => client.close());
  const id = await start();
  await sandbox.respond({ status: 500, operation: 'calls.list', times: 1 });
  const calls = client.calls.watch(AGENT, { includeExisting: true, ...SHORT });
  await assert.rejects(calls.next(), /500/);
  assert.equal((await calls.next()).value.id, id);
  await assert.rejects(client.calls.watch(99_999).next(), NotFoundError);
});

test('a signal ends a wait and a watch at once', async (context) => {
  const { client, start, lists } = await begin(context);
  const id = await start();
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = client.calls.wait(AGENT, id, { signal });
  const next = client.calls.watch(AGENT, { signal }).next();
  const outcomes = Promise.allSettled([waiting, next]);
  await until(async () => (await lists()) > 4);
  const before = Date.now();
  controller.abort();
  for (const { reason } of await outcomes) {
    assert.equal(reason, signal.reason);
  }
  // The delay between polls is longer.
  assert.ok(Date.now() - before < 500);
  await assert.rejects(client.calls.watch(AGENT, { signal }).next(), signal.reason);
});

test('the end of a loop and the end of a client end a poll', async (context) => {
  const { client, lists } = await begin(context);
  const calls = client.calls.watch(AGENT);
  const next = calls.next();
  await until(async () => (await lists()) > 2);
  assert.deepEqual(await calls.return(), { done: true, value: undefined });
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.deepEqual(await calls.next(), { done: true, value: undefined });
  const derived = client.withOptions({ timeout: 1000 }).calls.watch(AGENT).next();
  const refused = assert.rejects(derived, /the client is closed/);
  await sleep(50);
  await client.close();
  await refused;
  assert.throws(() => client.calls.watch(AGENT), /the client is closed/);
});

test('each call arrives once and in order while others start', async (context) => {
  let count = 1;
  const server = await serve((request, response) => {
    const page = Number(new URL(request.url, 'http://x').searchParams.get('page'));
    const newestFirst = Array.from({ length: page === 1 ? count : 0 }, (_, index) => ({ id: count - index, duration: 1 }));
    json(response, { status: true, data: newestFirst });
  });
  context.after(server.close);
  const client = server.client();
  const seen = [];
  for await (const { id } of client.calls.watch(7, { includeExisting: true, ...SHORT })) {
    seen.push(id);
    if (seen.length === 40) {
      break;
    }
    count = Math.min(40, count + (seen.length % 3));
  }
  assert.deepEqual(seen, Array.from({ length: 40 }, (_, index) => index + 1));
  await client.close();
});
