// The client itself: its options, what it shows, what it logs, requests that are not modelled, and
// closing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { callfluent, CallFluent } from './support/package.mjs';
import { json, KEY, serve, until } from './support/server.mjs';

const { CallFluentError, InvalidRequestError } = callfluent;
const rejection = (promise) => promise.then((value) => assert.fail(`no error but ${JSON.stringify(value)}`), (error) => error);

test('nothing that is shown of a client holds the key', async (context) => {
  const key = 'sk-very-secret-key';
  const client = new CallFluent({ apiKey: key, defaultHeaders: { 'x-token': 'hidden-token' } });
  const shown = [
    inspect(client, { depth: 10, showHidden: true }),
    inspect(client.agents, { depth: 10, showHidden: true }),
    inspect({ client }, { depth: 10 }),
    JSON.stringify(client),
    String(client),
    JSON.stringify(Object.entries(client)),
    inspect(client.withOptions({ timeout: 1 }), { depth: 10, showHidden: true }),
  ].join('\n');
  assert.ok(!shown.includes(key) && !shown.includes('hidden-token'), shown);
  assert.match(inspect(client), /^CallFluent \{ baseUrl: 'https:\/\/api\.callfluent\.ai\/api' \}$/);
});

test('invalid options are rejected together, with the call site', () => {
  assert.throws(
    () => new CallFluent({ apiKey: 1, timeout: -1, maxRetries: 1.5, maxConcurency: 3, defaultHeaders: { a: 1 } }),
    (error) => {
      assert.ok(error instanceof InvalidRequestError);
      assert.deepEqual(
        error.fieldErrors.map(({ field }) => field).sort(),
        ['apiKey', 'defaultHeaders', 'maxConcurency', 'maxRetries', 'timeout'],
      );
      assert.match(error.stack.split('\n')[1], /client\.test\.mjs/);
      return true;
    },
  );
  assert.throws(() => new CallFluent({ apiKey: 'k', baseUrl: 'http://example.com/api' }), /baseUrl/);
  assert.throws(() => new CallFluent({ apiKey: '  ' }), /apiKey/);
});

test('a value that must be an object is rejected with an example', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const client = server.client();
  for (const [call, message] of [
    [() => client.calls.list(1, 2), 'calls.list: invalid arguments (not sent): params: expected an object such as { page: ... }, got a number'],
    [() => client.calls.start(1, '+15550001234'), /call: expected an object such as \{ phoneNumber: \.\.\. \}, got a string$/],
    [() => client.agents.patch(1, [{ tone: 'Warm' }]), /changes: expected an object such as \{ name: \.\.\. \}, got an array$/],
    [() => client.customFields.create(1, 'city', 'City'), /options: expected an object such as \{ timeout: 10_000 \}, got a string$/],
    [() => client.agents.list(1, { retries: 1 }), /retries: unknown option; known: timeout, queueTimeout, maxRetries, requestId, headers, extraBody, signal$/],
    [async () => new CallFluent('sk-secret'), "invalid client configuration: options: expected an object such as { apiKey: '...' }, got a string"],
    [async () => new CallFluent(null), /options: expected an object such as .*, got null$/],
    [async () => new CallFluent({ api_key: 'sk-secret' }), /^invalid client configuration: api_key: unknown option; did you mean apiKey\?/],
  ]) {
    const error = await rejection(call());
    assert.equal(error.constructor, InvalidRequestError, error.stack);
    assert.match(error.stack.split('\n')[1], /client\.test\.mjs/);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.ok(!error.message.includes('sk-secret'), error.message);
  }
  assert.equal(server.recorded.length, 0);
});

test('classes have their own names where they are shown', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const client = server.client();
  assert.equal(client.constructor.name, 'CallFluent');
  const page = client.calls.list(1);
  assert.match(inspect(page), /^PagePromise \[Promise\] \{/);
  await page;
  for (const name of Object.keys(callfluent).filter((name) => /^[A-Z]/.test(name) && typeof callfluent[name] === 'function')) {
    assert.equal(callfluent[name].name, name);
  }
});

test('options of a call are checked', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  for (const options of [{ timeout: 0 }, { retries: 1 }, { headers: { authorization: 'x' } }, { signal: {} }]) {
    assert.equal((await rejection(server.client().agents.list(1, options))).constructor, InvalidRequestError);
  }
  assert.equal(server.recorded.length, 0);
});

test('headers and extra fields of a call are sent with it', async (context) => {
  const server = await serve((_, response) => json(response, { data: { id: 1, name: 'w' } }));
  context.after(server.close);
  const client = server.client({ defaultHeaders: { 'x-all': '1' } });
  await client.workspaces.create('w', { headers: { 'x-one': '2' }, extraBody: { crm_tag: 7 } });
  const { headers, body } = server.recorded[0];
  assert.equal(headers['x-all'], '1');
  assert.equal(headers['x-one'], '2');
  assert.match(headers['user-agent'], /^callfluent-node\/\d/);
  assert.deepEqual(JSON.parse(body), { name: 'w', crm_tag: 7 });
});

test('headers with line breaks are rejected before sending', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const client = server.client();
  for (const [name, value] of [
    ['x-one', 'a\r\nx-evil: 1'], ['x-one', 'a\nx-evil: 1'], ['x-one', 'a\rb'], ['x-one', 'a\r\n\r\nGET /api/evil HTTP/1.1'],
    ['x-one', 'a\0'], ['x-one', '\u{10d0a}'.slice(0, 1)], ['\ud800', '1'], ['x-one\r\nx-evil', '1'], ['x one', '1'], ['x-one:', '1'], ['', '1'],
  ]) {
    const what = JSON.stringify({ [name]: value });
    const headers = { [name]: value };
    const calls = [
      () => client.workspaces.list({ headers }),
      () => client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: 'a' }], { headers }),
      () => client.request('GET', '/workspace/get-all', {}, { headers }),
      async () => client.withOptions({ headers }).workspaces.list(),
      async () => server.client({ defaultHeaders: headers }).workspaces.list(),
    ];
    for (const call of calls) {
      const error = await rejection(call());
      assert.equal(error.constructor, InvalidRequestError, `${what}: ${error.stack}`);
      assert.ok(!error.message.includes('evil: 1'), error.message);
    }
  }
  assert.equal(server.recorded.length, 0);
});

test('withOptions changes what is set and keeps the rest', async (context) => {
  const server = await serve((_, response) => json(response, { status: false }, 503, { 'retry-after-ms': '1' }));
  context.after(server.close);
  const client = server.client({ defaultHeaders: { 'x-all': '1' } });
  const other = client.withOptions({ maxRetries: 0, headers: { 'x-other': '2' } });
  await rejection(other.user.profile());
  assert.equal(server.recorded.length, 1);
  assert.equal(server.recorded[0].headers['x-all'], '1');
  assert.equal(server.recorded[0].headers['x-other'], '2');
  await rejection(client.user.profile());
  assert.equal(server.recorded.length, 4);
});

test('request takes a path, a body and a query, and rejects others', async (context) => {
  const server = await serve((_, response) => json(response, {}));
  context.after(server.close);
  const client = server.client();
  const whole = /path: is an absolute URL: pass a path below the base URL, such as \/agent\/get-one\/1/;
  for (const [path, content, message] of [
    ['https://example.com/x', undefined, whole],
    [`${server.baseUrl}/x`, undefined, whole],
    ['//example.com/x', undefined, whole],
    ['/x', { body: {}, query: {} }, /body: unknown field; known: json, query$/],
    ['/x', { query: new URLSearchParams('a=1') }, /query: expected an object such as .*, got an object of class URLSearchParams; convert it with Object\.fromEntries$/],
    ['/x', { query: 'a=1' }, /query: expected an object such as .*, got a string; convert it/],
    ['/x', { query: { a: { b: 1 }, c: [1], d: Number.NaN } }, /query\.a: expected a string.*query\.c: .*got an array; query\.d: /],
    ['/x', { query: { a: '\ud800' } }, /query\.a: contains a lone surrogate/],
    ['/x', 'text', /content: expected an object such as \{ json: \.\.\. \}, got a string$/],
  ]) {
    const error = await rejection(client.request('GET', path, content));
    assert.equal(error.constructor, InvalidRequestError, error.stack);
    assert.match(error.message, message);
  }
  assert.equal(server.recorded.length, 0);
  await client.request('GET', '/x?to=https://example.com/y', { query: { a: 1, b: false, c: null, d: undefined, e: 'ü&', f: 2n ** 60n } });
  assert.equal(server.recorded[0].target, '/api/x?to=https%3A%2F%2Fexample.com%2Fy&a=1&b=false&e=%C3%BC%26&f=1152921504606846976');
  await client.request('GET', '/x', null);
  assert.equal(server.recorded.length, 2);
});

test('request reaches unmodeled endpoints with the key and errors', async (context) => {
  const server = await serve((request, response) =>
    request.url.includes('missing') ? json(response, { status: false, msg: 'no' }, 404) : json(response, { big: 1, list: [1] }),
  );
  context.after(server.close);
  const client = server.client();
  const answer = await client.request('POST', '/voice/preview?x=0', {
    json: { text: 'Hi', n: null },
    query: { lang: 'en us', page: 2, none: undefined },
  });
  assert.deepEqual(answer, { big: 1, list: [1] });
  const [entry] = server.recorded;
  assert.equal(entry.headers.authorization, `Bearer ${KEY}`);
  assert.deepEqual(entry.query, { x: '0', lang: 'en us', page: '2' });
  assert.deepEqual(JSON.parse(entry.body), { text: 'Hi', n: null });
  assert.equal((await rejection(client.request('GET', '/missing'))).constructor, callfluent.NotFoundError);
  assert.equal((await rejection(client.request('GET', '/a/../b'))).constructor, InvalidRequestError);
  assert.equal((await rejection(client.request('BREW', '/a'))).constructor, InvalidRequestError);
});

test('a logger gets the requests of its client without key or body', async (context) => {
  const server = await serve((_, response) => json(response, { data: [{ id: 1, name: 'w', hidden: 'in-the-body' }] }));
  context.after(server.close);
  const seen = [];
  const logger = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [level, (message, record) => seen.push({ level, message, record })]),
  );
  const client = server.client({ logger });
  await server.client().workspaces.list();
  assert.equal(seen.length, 0);
  await client.workspaces.list({ headers: { 'x-secret': 'hidden-header' } });
  await until(() => seen.length > 0);
  const { record, message } = seen.find(({ level }) => level === 'debug');
  assert.equal(record.method, 'GET');
  assert.equal(record.path, '/api/workspace/get-all');
  assert.equal(record.status, 200);
  assert.equal(typeof record.elapsedMs, 'number');
  assert.match(message, /status=200/);
  const all = JSON.stringify(seen);
  assert.ok(!all.includes(KEY) && !all.includes('hidden-header') && !all.includes('in-the-body'), all);
});

test('console as a logger prints each record once', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const debug = context.mock.method(console, 'debug', () => {});
  await server.client({ logger: console }).workspaces.list();
  await until(() => debug.mock.callCount() > 0);
  const [printed] = debug.mock.calls;
  assert.equal(printed.arguments.length, 1);
  assert.match(printed.arguments[0], /^callfluent: request method=GET path=\/api\/workspace\/get-all status=200/);
});

test('validate: false sends what differs from the documentation', async (context) => {
  const server = await serve((_, response) => json(response, { data: { id: 1 } }));
  context.after(server.close);
  await server.client({ validate: false }).agents.create({ name: 'n' });
  assert.deepEqual(JSON.parse(server.recorded[0].body), { name: 'n' });
});

test('bytes are sent in base64', async (context) => {
  const server = await serve((_, response) => json(response, { data: { id: 1 } }));
  context.after(server.close);
  await server.client({ validate: false }).agents.create({ name: 'n', avatar: Buffer.from('png') });
  await server.client({ validate: false }).agents.create({ name: 'n', avatar: new Uint8Array([1, 2, 3]) });
  assert.equal(JSON.parse(server.recorded[0].body).avatar, Buffer.from('png').toString('base64'));
  assert.equal(JSON.parse(server.recorded[1].body).avatar, 'AQID');
});

test('a closed client rejects requests and awaits those in flight', async (context) => {
  const server = await serve((_, response) => setTimeout(() => json(response, { data: [] }), 100));
  context.after(server.close);
  const client = server.client();
  let answered = false;
  const call = client.workspaces.list().then(() => (answered = true));
  await client.close();
  assert.equal(answered, true);
  await call;
  const error = await rejection(client.workspaces.list());
  assert.equal(error.constructor, CallFluentError);
  await client[Symbol.asyncDispose]();
});

test('closing twice is harmless, and calls under way are answered', async (context) => {
  const server = await serve((_, response) => setTimeout(() => json(response, { data: [{ id: 1, name: 'w' }] }), 100));
  context.after(server.close);
  const client = server.client();
  const calls = [
    client.workspaces.list(),
    client.request('GET', '/workspace/get-all'),
    client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: new Blob(['a']).stream() }]),
  ];
  const all = Promise.all(calls);
  await Promise.all([client.close(), client[Symbol.asyncDispose](), client.close()]);
  assert.equal((await all)[0][0].name, 'w');
  assert.equal(server.recorded.length, 3);
  assert.equal(server.recorded[2].method, 'PUT');
  await client.close();
  await client[Symbol.asyncDispose]();
  client[Symbol.dispose]();
  await until(() => server.sockets.size === 0);
});

test('a closed client releases connections and keeps its options', async (context) => {
  const server = await serve((_, response) => json(response, { data: [{ id: 1, name: 'w', colour: 'red' }] }));
  context.after(server.close);
  const client = server.client({ logger: {} });
  await client.workspaces.list();
  assert.equal(server.sockets.size, 1);
  await client.close();
  await until(() => server.sockets.size === 0);
  assert.equal(client.baseUrl, server.baseUrl);
  assert.equal(inspect(client), `CallFluent { baseUrl: '${server.baseUrl}' }`);
  assert.deepEqual(client.drift().map(({ path }) => path), ['Workspace.colour']);
  assert.throws(() => client.withOptions({ maxRetries: 0 }), { constructor: CallFluentError, message: /the client is closed/ });
});

test('a disposed client closes connections after its last request', async (context) => {
  const server = await serve((_, response) => setTimeout(() => json(response, { data: [] }), 100));
  context.after(server.close);
  const client = server.client();
  const derived = client.withOptions({ maxRetries: 0 });
  const calls = [client.workspaces.list(), client.request('GET', '/workspace/get-all')];
  client[Symbol.dispose]();
  assert.equal((await rejection(client.workspaces.list())).constructor, CallFluentError);
  assert.equal((await Promise.all(calls)).length, 2);
  // What shares its connections keeps them.
  assert.equal(server.sockets.size, 2);
  await derived.close();
  await until(() => server.sockets.size === 0);
});

test('many calls at once are all answered, each with its own', async (context) => {
  const server = await serve((request, response) => json(response, { data: [{ id: Number(request.url.split('/').at(-1)), name: 'w' }] }));
  context.after(server.close);
  const client = server.client({ maxConcurrency: 50 });
  const ids = Array.from({ length: 500 }, (_, index) => index + 1);
  const results = await Promise.all(ids.map((id) => client.agents.list(id)));
  assert.deepEqual(results.map(([{ id }]) => id), ids);
});
