// Bun and Deno as package managers and runtimes. npm has no program of theirs for some platforms.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { PRINTED, createProject } from './project.mjs';

/** Returns the program of a runtime: npm linked it, or it is in the package of the platform. */
function programOf(scope, name) {
  const modules = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules');
  const packages = existsSync(join(modules, scope)) ? readdirSync(join(modules, scope)) : [];
  const places = [join(modules, '.bin', name)];
  for (const folder of packages) places.push(join(modules, scope, folder, 'bin', name), join(modules, scope, folder, name));
  return places.find((place) => {
    try {
      return execFileSync(place, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).length > 0;
    } catch {
      return false;
    }
  });
}

const bun = programOf('@oven', 'bun');
const deno = programOf('@deno', 'deno');

test('Bun installs and runs the package', { skip: bun === undefined && 'npm has no Bun for this platform' }, async (context) => {
  const { run } = await createProject(context);
  await run(bun, ['add', 'callfluent']);
  assert.match(await run(bun, ['app.mjs']), PRINTED);
});

test('Deno installs and runs the package', { skip: deno === undefined && 'npm has no Deno for this platform' }, async (context) => {
  const { run, registry } = await createProject(context);
  const env = { NPM_CONFIG_REGISTRY: registry.url, DENO_NO_UPDATE_CHECK: '1' };
  await run(deno, ['install', '--node-modules-dir=auto', 'npm:callfluent'], env);
  assert.match(await run(deno, ['run', '--allow-all', '--node-modules-dir=auto', 'app.mjs'], env), PRINTED);
});
