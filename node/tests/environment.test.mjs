// Options come from `process.env` as JavaScript sees it, never from the environment of the process.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

import { CallFluent, callfluent, folder, Sandbox } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

/** Replaces `process.env`, as Jest and .env loaders do. */
function replaceEnv(context, variables) {
  const before = process.env;
  process.env = { ...before, ...variables };
  context.after(() => (process.env = before));
}

test('a replaced process.env decides key and base URL', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  replaceEnv(context, { CALLFLUENT_API_KEY: 'replaced-key', CALLFLUENT_BASE_URL: server.baseUrl });
  const client = new CallFluent();
  assert.equal(client.baseUrl, server.baseUrl);
  await client.workspaces.list();
  assert.equal(server.recorded[0].headers.authorization, 'Bearer replaced-key');
});

test('variables of the process do not reach the client', async () => {
  const source = `
    const { CallFluent } = require(${JSON.stringify(folder)});
    process.env = { CALLFLUENT_BASE_URL: 'http://127.0.0.1:9/test' };
    try { new CallFluent(); } catch (error) { console.log(error.message); }
    console.log(new CallFluent({ apiKey: 'test-key' }).baseUrl);`;
  const env = { ...process.env, CALLFLUENT_API_KEY: 'real-key', CALLFLUENT_BASE_URL: 'https://production.example' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', source], { env });
  assert.match(stdout, /apiKey: .*CALLFLUENT_API_KEY/);
  assert.match(stdout, /http:\/\/127\.0\.0\.1:9\/test\n$/);
});

test('a proxy variable of the process does not reach the client', async () => {
  const source = `
    const { CallFluent } = require(${JSON.stringify(folder)});
    process.env = {};
    const client = new CallFluent({ apiKey: 'k', baseUrl: 'http://callfluent.invalid', allowHttp: true, maxRetries: 0 });
    client.workspaces.list().catch((error) => console.log(error.message));`;
  const env = { ...process.env, HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', source], { env });
  assert.match(stdout, /callfluent\.invalid/);
  assert.doesNotMatch(stdout, /proxy|127\.0\.0\.1/);
});

test('a worker thread uses the variables it was given', async (context) => {
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.close());
  const source = `
    const { CallFluent } = require(${JSON.stringify(folder)});
    new CallFluent().workspaces.list().then((list) => require('node:worker_threads').parentPort.postMessage(list.length));`;
  const env = { CALLFLUENT_API_KEY: sandbox.apiKey, CALLFLUENT_BASE_URL: sandbox.baseUrl };
  const worker = new Worker(source, { eval: true, env });
  const length = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  assert.equal(length, 1);
  await worker.terminate();
});

test('the log level comes from process.env', async () => {
  const source = `
    process.env = { CALLFLUENT_LOG: 'debug', CALLFLUENT_API_KEY: 'k', CALLFLUENT_BASE_URL: 'http://127.0.0.1:1' };
    const { CallFluent } = require(${JSON.stringify(folder)});
    new CallFluent({ maxRetries: 0 }).workspaces.list().catch(() => {});`;
  const env = { ...process.env, CALLFLUENT_LOG: '' };
  const { stderr } = await promisify(execFile)(process.execPath, ['--eval', source], { env });
  assert.match(stderr, /^callfluent: /);
});

test('offline mode reaches this machine only', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const elsewhere = 'https://api.callfluent.invalid/api';
  const refused = (error) => {
    assert.equal(error.constructor, callfluent.APIConnectionError, error.stack);
    assert.equal(error.outcomeUnknown, false);
    return /^offline mode: refused to connect to api\.callfluent\.invalid; unset CALLFLUENT_OFFLINE/.test(error.message);
  };
  const start = (client) => client.calls.start(7, { phoneNumber: '+15550001234' });
  await assert.rejects(start(server.client({ offline: true, baseUrl: elsewhere })), refused);
  replaceEnv(context, { CALLFLUENT_OFFLINE: '1' });
  await assert.rejects(start(server.client({ baseUrl: elsewhere })), refused);
  assert.deepEqual(await server.client().workspaces.list(), []);
  const online = server.client({ offline: false, baseUrl: elsewhere, maxRetries: 0 });
  await assert.rejects(start(online), (error) => !error.message.includes('offline'));
  assert.throws(() => server.client({ offline: 'yes' }), /offline: expected/);
  replaceEnv(context, { CALLFLUENT_OFFLINE: 'maybe' });
  assert.throws(() => server.client(), /offline: CALLFLUENT_OFFLINE must be 1 or 0/);
});

test('an offline process stops clients that already exist', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  replaceEnv(context, { CALLFLUENT_OFFLINE: '' });
  const elsewhere = { baseUrl: 'https://api.callfluent.invalid/api', maxRetries: 0 };
  const [early, online] = [server.client(elsewhere), server.client({ ...elsewhere, offline: false })];
  const { setOffline } = callfluent;
  context.after(() => setOffline(false));
  assert.equal(setOffline(true), false);
  const start = (client) => client.calls.start(7, { phoneNumber: '+15550001234' });
  await assert.rejects(start(early), /^APIConnectionError: offline mode: refused to connect to api\.callfluent\.invalid from a test; create/);
  await assert.rejects(start(online), (error) => !error.message.includes('offline'));
  assert.deepEqual(await server.client().workspaces.list(), []);
  assert.equal(setOffline(false), true);
  await assert.rejects(start(early), (error) => !error.message.includes('offline'));
});

test('the sandbox stops clients that are older than its test', async () => {
  const { CALLFLUENT_OFFLINE, NODE_TEST_CONTEXT, NODE_ENV, ...others } = process.env;
  const program = (helper) => `
    import { CallFluent } from 'callfluent';
    const client = new CallFluent({ apiKey: 'k', baseUrl: 'https://callfluent.invalid', maxRetries: 0 });
    const { Sandbox, useSandbox } = await import('callfluent/sandbox');
    ${helper};
    client.calls.start(7, { phoneNumber: '+15550001234' }).catch((error) => console.log(error.message));`;
  const run = async (helper, variables) => {
    const options = { env: { ...others, ...variables }, cwd: new URL('.', import.meta.url) };
    const arguments_ = ['--input-type=module', '--eval', program(helper)];
    return (await promisify(execFile)(process.execPath, arguments_, options)).stdout;
  };
  const refused = /^offline mode: refused to connect to callfluent\.invalid from a test/;
  const hooks = 'useSandbox({ beforeEach() {}, afterEach() {} })';
  assert.match(await run('', { VITEST: 'true' }), refused);
  assert.match(await run('await (await Sandbox.start()).close()', { JEST_WORKER_ID: '1' }), refused);
  assert.match(await run(hooks, {}), refused);
  assert.doesNotMatch(await run(hooks, { CALLFLUENT_OFFLINE: '0' }), /offline/);
  assert.doesNotMatch(await run('await (await Sandbox.start()).close()', {}), /offline/);
});

test('the sandbox sets offline mode under a test runner only', async () => {
  const { CALLFLUENT_OFFLINE, NODE_TEST_CONTEXT, NODE_ENV, ...others } = process.env;
  const imports = `
    import 'callfluent/sandbox';
    import { CallFluent } from 'callfluent';
    const client = new CallFluent({ apiKey: 'k', baseUrl: 'https://callfluent.invalid', maxRetries: 0 });
    client.calls.start(7, { phoneNumber: '+15550001234' }).catch((error) => console.log(error.message));`;
  const run = async (variables) => {
    const options = { env: { ...others, ...variables }, cwd: new URL('.', import.meta.url) };
    return (await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', imports], options)).stdout;
  };
  for (const runner of [{ NODE_TEST_CONTEXT: 'child' }, { VITEST: 'true' }, { JEST_WORKER_ID: '1' }, { NODE_ENV: 'test' }]) {
    assert.match(await run(runner), /^offline mode: refused/, JSON.stringify(runner));
  }
  assert.doesNotMatch(await run({}), /offline/);
  assert.doesNotMatch(await run({ VITEST: 'true', CALLFLUENT_OFFLINE: '0' }), /offline/);
});
