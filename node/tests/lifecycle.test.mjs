// End of the process: idle clients, pending requests, terminated workers.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

import { json, serve, until } from './support/server.mjs';

const run = promisify(execFile);
const here = new URL('.', import.meta.url);

/** Runs a program that has `client`; gives what it printed and how long it took. */
async function program(source, baseUrl, env = {}, options = []) {
  const text = `import { CallFluent } from ${JSON.stringify(new URL('support/package.mjs', here).href)};
    const client = new CallFluent({ apiKey: 'test-key', baseUrl: ${JSON.stringify(baseUrl)} });
    ${source}`;
  const started = performance.now();
  const { stdout, stderr } = await run(process.execPath, [...options, '--input-type=module', '--eval', text], {
    timeout: 20_000,
    cwd: here,
    env: { ...process.env, ...env },
  });
  return { stdout, stderr, elapsed: performance.now() - started };
}

test('an idle client does not keep the process alive', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const { stdout } = await program(
    `await client.workspaces.list();
     const since = performance.now();
     process.on('exit', () => console.log(performance.now() - since));`,
    server.baseUrl,
  );
  assert.ok(Number(stdout) < 20, `${stdout} ms`);
});

test('a client works under the fake timers of a test runner', async (context) => {
  const rows = Array.from({ length: 30_000 }, (_, index) => ({ id: index + 1, name: `Workspace ${index}` }));
  const server = await serve((_, response) => json(response, { data: rows }));
  context.after(server.close);
  const source = `
    import { mock } from 'node:test';
    import { CallFluent } from 'callfluent';
    mock.timers.enable({ apis: ['setImmediate', 'setTimeout'] });
    const client = new CallFluent({ apiKey: 'test-key', baseUrl: ${JSON.stringify(server.baseUrl)} });
    console.log((await client.workspaces.list()).length);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], { timeout: 20_000, cwd: here });
  assert.equal(stdout.trim(), '30000');
});

test('a pending call keeps the process alive until it is answered', async (context) => {
  const server = await serve((_, response) => setTimeout(() => json(response, { data: [] }), 300));
  context.after(server.close);
  const { stdout } = await program(`client.workspaces.list().then((list) => console.log('answered', list.length));`, server.baseUrl);
  assert.match(stdout, /answered 0/);
});

test('process.exit with calls under way neither hangs nor crashes', async (context) => {
  const server = await serve(() => {});
  context.after(server.close);
  const { stdout, elapsed } = await program(
    `for (let count = 0; count < 50; count++) client.workspaces.list().catch(() => {});
     setTimeout(() => { console.log('leaving'); process.exit(0); }, 100);`,
    server.baseUrl,
  );
  assert.match(stdout, /leaving/);
  assert.ok(elapsed < 10_000);
});

test('an unanswered call that is aborted lets the process end', async (context) => {
  const server = await serve(() => {});
  context.after(server.close);
  const { stdout } = await program(
    `client.workspaces.list({ signal: AbortSignal.timeout(100) }).catch((error) => console.log(error.name));
     setTimeout(() => {}, 150);`,
    server.baseUrl,
  );
  assert.match(stdout, /TimeoutError/);
});

test('NODE_DEBUG and CALLFLUENT_LOG print records, never the key', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  for (const env of [{ NODE_DEBUG: 'callfluent' }, { CALLFLUENT_LOG: 'debug' }]) {
    const { stderr } = await program('await client.workspaces.list();', server.baseUrl, env);
    assert.match(stderr, /method=GET path=\/api\/workspace\/get-all status=200/);
    assert.ok(!stderr.includes('test-key'));
  }
  const { stderr } = await program('await client.workspaces.list();', server.baseUrl);
  assert.ok(!stderr.includes('workspace'), stderr);
});

test('the engine knows the memory of clients until they are closed', async () => {
  const { stdout } = await program(
    `const made = () => Array.from({ length: 1_000 }, () => new CallFluent({ apiKey: 'test-key' }));
     const turn = () => new Promise((resolve) => setTimeout(resolve, 50));
     const show = (what) => { gc(); console.log(what); };
     let clients = made();
     show('[made]');
     await Promise.all(clients.map((client) => client.close()));
     show('[closed]');
     clients = made();
     show('[made again]');
     clients = undefined;
     gc();
     await turn();
     show('[forgotten]');`,
    'http://127.0.0.1:1/api',
    {},
    ['--expose-gc', '--trace-gc', '--trace-gc-verbose'],
  );
  const known = (what) => {
    const before = stdout.slice(0, stdout.indexOf(`[${what}]`));
    return Number([...before.matchAll(/External memory reported:\s+(-?\d+) KB/g)].at(-1)[1]);
  };
  for (const held of ['made', 'made again']) assert.ok(known(held) > 10_000, stdout);
  for (const free of ['closed', 'forgotten']) assert.ok(known(free) < 1_000, stdout);
});

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(async ({ CallFluent }) => {
    const client = new CallFluent({ apiKey: 'test-key', baseUrl: workerData.baseUrl });
    if (workerData.flood) {
      for (let count = 0; count < 30; count++) client.workspaces.list().catch(() => {});
      parentPort.postMessage('started');
    } else {
      parentPort.postMessage((await client.workspaces.list()).length);
    }
  });`;

const workerData = (baseUrl, flood = false) => ({ baseUrl, flood, module: new URL('support/package.mjs', here).href });

test('workers call, each with an environment of its own', async (context) => {
  const server = await serve((_, response) => json(response, { data: [{ id: 1, name: 'w' }] }));
  context.after(server.close);
  const results = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const worker = new Worker(WORKER, { eval: true, workerData: workerData(server.baseUrl) });
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await ended;
      return answer;
    }),
  );
  assert.deepEqual(results, [1, 1, 1, 1]);
  assert.equal((await server.client().workspaces.list()).length, 1);
});

test('workers that are terminated with calls under way harm nobody', async (context) => {
  const server = await serve((_, response) => setTimeout(() => json(response, { data: [] }), 20));
  context.after(server.close);
  for (let round = 0; round < 8; round++) {
    const worker = new Worker(WORKER, { eval: true, workerData: workerData(server.baseUrl, true) });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await new Promise((resolve) => setTimeout(resolve, round * 5));
    await worker.terminate();
  }
  assert.deepEqual(await server.client().workspaces.list(), []);
  await until(() => server.recorded.length > 0);
});

test('close waits for requests of derived clients, and closes them', async (context) => {
  const server = await serve((_, response) => setTimeout(() => json(response, { data: [] }), 100));
  context.after(server.close);
  const client = server.client();
  const derived = client.withOptions({ timeout: 5_000 });
  const nested = derived.withOptions({ maxRetries: 0 });
  let done = 0;
  const requests = [client, derived, nested].map((one) => one.workspaces.list().then(() => (done += 1)));
  await client.close();
  assert.equal(done, 3);
  await Promise.all(requests);
  await assert.rejects(derived.workspaces.list(), /the client is closed/);
  await assert.rejects(nested.workspaces.list(), /the client is closed/);
});

test('closing a derived client leaves the first one open', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const client = server.client();
  const derived = client.withOptions({ timeout: 5_000 });
  await derived.workspaces.list();
  await derived.close();
  await assert.rejects(derived.workspaces.list(), /the client is closed/);
  assert.deepEqual(await client.workspaces.list(), []);
});

test('a logger that throws becomes one warning, and requests go on', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const source = `
    import { CallFluent } from ${JSON.stringify(new URL('support/package.mjs', here).href)};
    const fail = () => { throw new Error('disk is full'); };
    const reject = async () => { throw new Error('disk is full'); };
    for (const debug of [fail, reject]) {
      const client = new CallFluent({ apiKey: 'k', baseUrl: ${JSON.stringify(server.baseUrl)}, logger: { debug, info: debug } });
      await client.workspaces.list();
      await client.workspaces.list();
    }
    console.log('done');`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', source], { timeout: 20_000, cwd: here });
  assert.equal(stdout, 'done\n');
  assert.equal(stderr.match(/CallFluentWarning/g)?.length, 1, stderr);
  assert.match(stderr, /disk is full/);
});
