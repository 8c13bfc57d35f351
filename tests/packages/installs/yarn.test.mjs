import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { PRINTED, createProject, fileOf } from './project.mjs';

test("Yarn Plug'n'Play loads the addon from an unpacked package", async (context) => {
  const { node, app, write, registry } = await createProject(context);
  const settings = { npmRegistryServer: registry.url.replace(/\/$/, ''), unsafeHttpWhitelist: ['127.0.0.1'], enableTelemetry: false, enableGlobalCache: false, enableImmutableInstalls: false, nodeLinker: 'pnp' };
  write('.yarnrc.yml', JSON.stringify(settings));
  write('yarn.lock', '');
  const yarn = (...args) => node([fileOf('@yarnpkg/cli-dist', 'bin/yarn.js'), ...args]);
  await yarn('add', 'callfluent');
  assert.ok(existsSync(join(app, '.pnp.cjs')) && !existsSync(join(app, 'node_modules')));
  assert.match(await yarn('node', 'app.mjs'), PRINTED);
});
