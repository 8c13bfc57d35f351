// Code of users that throws while results arrive: it fails no other request, of any client.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent, CallFluent } from './support/package.mjs';
import { json, KEY, serve } from './support/server.mjs';

const { APITimeoutError } = callfluent;

/** Returns two clients of a server, which responds to all requests at once. */
async function clients(context, options, count) {
  const waiting = [];
  const server = await serve((_, response) => {
    waiting.push(response);
    if (waiting.length >= count) {
      waiting.splice(0).forEach((each) => json(each, { status: true, data: [{ id: 1, name: 'a' }] }));
    }
  });
  const made = [{ ...options }, {}].map((own) => new CallFluent({ apiKey: KEY, baseUrl: server.baseUrl, maxRetries: 0, ...own }));
  context.after(async () => {
    await Promise.all(made.map((client) => client.close()));
    await server.close();
  });
  return made;
}

/** Fails if promises do not settle soon. */
async function settled(promises) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('requests hang')), 5_000);
  });
  try {
    return await Promise.race([Promise.allSettled(promises), late]);
  } finally {
    clearTimeout(timer);
  }
}

test('a frozen attempt fails no request of the batch', async (context) => {
  const [begun, ends] = [new WeakSet(), []];
  const hooks = [
    { beforeAttempt: (attempt) => void Object.freeze(attempt) },
    { beforeAttempt: (attempt) => void begun.add(attempt), afterAttempt: (attempt) => void ends.push(begun.has(attempt)) },
  ];
  const [hooked, other] = await clients(context, { hooks }, 6);
  const lists = [hooked, other, hooked, other, hooked, other].map((client) => client.workspaces.list());
  const results = await settled(lists);
  assert.deepEqual(results.map(({ status }) => status), Array(6).fill('fulfilled'));
  assert.deepEqual(ends, [true, true, true], 'the end has the object of the start');
});

test('a signal that throws fails no request of the batch', async (context) => {
  const broken = { aborted: false, addEventListener() {}, removeEventListener() { throw new Error('a defect'); } };
  const [client, other] = await clients(context, {}, 4);
  const lists = [client.workspaces.list({ signal: broken }), other.workspaces.list(), client.workspaces.list({ signal: broken }), other.workspaces.list()];
  assert.deepEqual((await settled(lists)).map(({ status }) => status), Array(4).fill('fulfilled'));
});

test('a reason that cannot be read still ends its request', async (context) => {
  const listeners = [];
  const broken = {
    aborted: false,
    addEventListener: (_, listener) => listeners.push(listener),
    removeEventListener() {},
    get reason() { throw new Error('a defect'); },
  };
  const [client] = await clients(context, {}, 9);
  const list = client.workspaces.list({ signal: broken });
  await new Promise((resolve) => setTimeout(resolve, 20));
  listeners.forEach((listener) => listener());
  const [{ reason }] = await settled([list]);
  assert.equal(reason.message, 'a defect');
});

test('a hook uses its client at the concurrency limit', async (context) => {
  const names = [];
  let nested = false;
  const hooks = {
    async beforeAttempt() {
      if (!nested) {
        nested = true;
        await Promise.resolve();
        names.push((await client.workspaces.list())[0].name);
      }
    },
  };
  const [client] = await clients(context, { hooks, maxConcurrency: 1, queueTimeout: 3_000 }, 1);
  const [{ status }] = await settled([client.workspaces.list()]);
  assert.equal(status, 'fulfilled');
  assert.deepEqual(names, ['a']);
});

test('a task that outlives its hook is limited', async (context) => {
  let later;
  const hooks = {
    beforeAttempt() {
      later ??= new Promise((resolve) => setTimeout(resolve, 100)).then(() => client.workspaces.list());
    },
  };
  const [client] = await clients(context, { hooks, maxConcurrency: 1, queueTimeout: 300 }, 9);
  const first = client.workspaces.list({ timeout: 1_500 });
  const [, { reason }] = await settled([first, new Promise((resolve) => setTimeout(resolve, 50)).then(() => later)]);
  assert.ok(reason instanceof APITimeoutError, reason);
  assert.match(reason.message, /rate or concurrency limit/);
});
