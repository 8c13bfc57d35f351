// Cost of imports and clients: files, Node modules, threads, descriptors.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { folder } from './support/package.mjs';
import { holdings, settled } from './support/scale.mjs';
import { json, serve, until } from './support/server.mjs';

test('importing loads one file; the first client loads the addon', async () => {
  const source = `
    const { loaded, files } = { loaded: () => [...process.moduleLoadList], files: () => Object.keys(require.cache) };
    const before = loaded();
    const { CallFluent } = require(${JSON.stringify(folder)});
    const [modules, first] = [loaded().filter((name) => !before.includes(name)), files()];
    new CallFluent({ apiKey: 'test-key' });
    process.stdout.write(JSON.stringify({ modules, first, second: files().filter((file) => !first.includes(file)) }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', source]);
  const { modules, first, second } = JSON.parse(stdout);
  const ends = (files) => files.map((file) => file.replaceAll('\\', '/').split('/').slice(-2).join('/'));
  assert.deepEqual(ends(first), ['dist/index.js']);
  assert.match(second[0], /\.node$/);
  assert.equal(second.length, 1, second.join());
  // Node needs some to resolve a package; a stream, a socket or `http` would load dozens.
  const others = modules.filter((name) => !/ internal\/(?:modules|url|fs)/.test(name));
  assert.ok(others.length <= 3, others.join());
});

test('a package that is loaded twice throws its own error classes', () => {
  const require = createRequire(import.meta.url);
  const anew = () => {
    for (const file of Object.keys(require.cache).filter((file) => file.endsWith('.js'))) {
      delete require.cache[file];
    }
    return require(folder);
  };
  const packages = [anew(), anew()];
  assert.notEqual(packages[0], packages[1]);
  for (const { CallFluent, InvalidRequestError } of packages) {
    assert.throws(() => new CallFluent({ timeout: -1 }), (error) => error instanceof InvalidRequestError);
  }
});

test('clients share threads, and an unused one has no connection', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  await server.client().workspaces.list();
  const before = await settled();
  const clients = Array.from({ length: 1_000 }, () => server.client());
  const after = holdings();
  assert.ok(after.threads <= before.threads && after.descriptors <= before.descriptors, JSON.stringify([before, after]));
  assert.ok(after.memoryKib - before.memoryKib < 20 * clients.length, JSON.stringify([before, after]));
  assert.deepEqual(await clients.at(-1).workspaces.list(), []);
  await Promise.all(clients.map((client) => client.close()));
});

test('a thousand calls at once are all answered, each with its own', async (context) => {
  let [open, most] = [0, 0];
  const server = await serve((request, response) => {
    most = Math.max(most, ++open);
    response.on('close', () => (open -= 1));
    setTimeout(() => json(response, { data: [{ id: Number(request.url.split('/').at(-1)), name: 'w' }] }), 50);
  });
  context.after(server.close);
  const client = server.client();
  const ids = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const results = await Promise.all(ids.map((id) => client.agents.list(id)));
  assert.deepEqual(results.map(([{ id }]) => id), ids);
  assert.ok(most > 100, `${most} at once`);
  await client.close();
  await until(() => server.sockets.size === 0);
});
