// The API key is in its header and nowhere else: whatever Node can print, log, inspect or write of
// the package is searched for it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { format, inspect, promisify } from 'node:util';

import { callfluent, CallFluent } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const CANARY = 'cf_canary_4f1d9b7e2a';
const here = new URL('.', import.meta.url);

/** Everything that can be written of a value. */
function shown(value) {
  const texts = [String(value), format('%s %o %O %j', value, value, value, value), inspect(value, { depth: null, showHidden: true, getters: true })];
  texts.push(inspect(value, { depth: null, showHidden: true, customInspect: false, getters: true }), JSON.stringify(value) ?? '');
  for (const holder of [value, Object.getPrototypeOf(Object(value))]) {
    for (const name of Reflect.ownKeys(holder)) {
      const { value: held } = Object.getOwnPropertyDescriptor(holder, name);
      texts.push(String(name), inspect(held, { depth: null, showHidden: true }));
    }
  }
  return texts.join('\n');
}

/** A server that repeats the key wherever it can. */
const refuse = (status, message = 'no') => (_, response) =>
  json(response, { status: false, msg: `${message}: ${CANARY}`, hint: [CANARY] }, status, { 'x-echo': CANARY });

const ERRORS = {
  BadRequestError: refuse(400),
  LimitReachedError: refuse(400, 'limit reached'),
  AuthenticationError: refuse(401),
  PermissionDeniedError: refuse(403),
  NotFoundError: refuse(404),
  ConflictError: refuse(409),
  UnprocessableEntityError: refuse(422),
  RateLimitError: refuse(429),
  InternalServerError: refuse(500),
  APIStatusError: refuse(200),
  APIResponseError: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${CANARY}`),
  APIConnectionError: (request) => request.socket.destroy(),
  APITimeoutError: () => {},
};

for (const [name, answer] of Object.entries(ERRORS)) {
  test(`an ${name} and its log records show no key`, async (context) => {
    const server = await serve(answer);
    context.after(server.close);
    const records = [];
    const log = (...given) => records.push(given);
    const logger = { debug: log, info: log, warn: log, error: log };
    const client = server.client({ apiKey: CANARY, maxRetries: 0, timeout: 300, logger });
    const error = await client.agents.list(CANARY).then(() => assert.fail('no error'), (error) => error);
    assert.equal(error.constructor, callfluent[name]);
    assert.equal(server.recorded[0].headers.authorization, `Bearer ${CANARY}`);
    let texts = shown(error) + error.stack + shown(records);
    for (let cause = error.cause; cause !== undefined; cause = cause.cause) texts += shown(cause) + cause.stack;
    assert.ok(!texts.includes(CANARY), texts);
  });
}

test('a client that cannot be made shows no key', () => {
  for (const wrong of [{ baseUrl: 'no url' }, { timeout: -1 }, { proxy: '::' }, { caBundle: 'missing.pem' }, { apiKey: `${CANARY}\n${CANARY}` }]) {
    assert.throws(
      () => new CallFluent({ apiKey: CANARY, ...wrong }),
      (error) => error instanceof callfluent.InvalidRequestError && !(shown(error) + error.stack).includes(CANARY),
    );
  }
});

test('whatever can be printed of a client shows no key', async (context) => {
  const server = await serve((request, response) =>
    json(response, { data: request.url.includes('workspace') ? [{ id: 1, name: 'a', [CANARY]: 1 }] : [] }),
  );
  context.after(server.close);
  const client = server.client({ apiKey: CANARY });
  const pages = client.calls.list(1);
  await client.workspaces.list();
  for (const value of [client, client.withOptions({ timeout: 1 }), client.agents, client.calls, [client], { client }, pages, client.drift()]) {
    const text = shown(value);
    assert.ok(!text.includes(CANARY), text);
  }
  await pages;
  assert.ok(!shown(structuredClone(client)).includes(CANARY));
});

test('what a program prints when it fails shows no key', async (context) => {
  const server = await serve(refuse(401));
  context.after(server.close);
  const source = `import { CallFluent } from ${JSON.stringify(new URL('support/package.mjs', here).href)};
    const client = new CallFluent({ apiKey: process.env.SECRET });
    console.log(client, [client], { client }, client.agents);
    console.dir(client, { depth: null, showHidden: true });
    await client.agents.list(1);`;
  const env = { ...process.env, SECRET: CANARY, CALLFLUENT_BASE_URL: server.baseUrl, CALLFLUENT_LOG: 'debug', NODE_DEBUG: 'callfluent', RUST_BACKTRACE: 'full' };
  const failed = await promisify(execFile)(process.execPath, ['--trace-uncaught', '--input-type=module', '--eval', source], { cwd: here, env }).then(
    () => assert.fail('it should fail'),
    (error) => error,
  );
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /AuthenticationError/);
  assert.ok(!(failed.stdout + failed.stderr).includes(CANARY), failed.stdout + failed.stderr);
});

const OLD_PASSWORD = 'old 4f1d/9b7e';
const NEW_PASSWORD = 'new "4f1d" \u00fc';
/** A server that repeats the passwords wherever it can. */
const echo = (status) => (_, response) =>
  json(response, { status: false, msg: `${OLD_PASSWORD} is not ${NEW_PASSWORD}`, sent: { oldPass: OLD_PASSWORD, newPass: [NEW_PASSWORD] } }, status);

const ECHOES = {
  ...Object.fromEntries([200, 400, 401, 403, 404, 409, 422, 429, 500].map((status) => [status, echo(status)])),
  html: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${OLD_PASSWORD} ${NEW_PASSWORD}`),
  closed: (request) => request.socket.destroy(),
  timeout: () => {},
  success: (_, response) => json(response, { status: true, data: { oldPass: OLD_PASSWORD, [NEW_PASSWORD]: 1 } }),
};

for (const [name, answer] of Object.entries(ECHOES)) {
  test(`no output contains a password after the response "${name}"`, async (context) => {
    const server = await serve(answer);
    context.after(server.close);
    const records = [];
    const log = (...given) => records.push(given);
    const client = server.client({ maxRetries: 0, timeout: 300, logger: { debug: log, info: log, warn: log, error: log } });
    const outcome = await client.user.resetPassword({ oldPassword: OLD_PASSWORD, newPassword: NEW_PASSWORD }).catch((error) => error);
    assert.equal(outcome instanceof callfluent.APIError, name !== 'success');
    assert.deepEqual(JSON.parse(server.recorded[0].body), { data: { oldPass: OLD_PASSWORD, newPass: NEW_PASSWORD } });
    let texts = shown(records) + shown(client) + shown(client.drift());
    for (let error = outcome; error !== undefined && error !== null; error = error.cause) texts += shown(error) + error.stack;
    assert.ok(!texts.includes('4f1d'), texts);
  });
}
