import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { PRINTED, createProject, fileOf } from './project.mjs';

const npm = fileOf('npm', 'bin/npm-cli.js');

async function projectWithNpm(context) {
  const project = await createProject(context);
  const addons = () => readdirSync(join(project.app, 'node_modules', '@callfluent'));
  return { ...project, addons, npm: (...args) => project.node([npm, ...args]) };
}

test('npm installs one addon, and nothing of other platforms', async (context) => {
  const { npm, node, addons, registry } = await projectWithNpm(context);
  await npm('install', 'callfluent');
  assert.equal(addons().length, 1);
  assert.match(addons()[0], new RegExp(`^native-${process.platform}-${process.arch}`));
  const downloads = registry.requests.filter((path) => path.startsWith('-/'));
  assert.equal(downloads.length, 2, downloads.join(', '));
  assert.match(await node(['app.mjs']), PRINTED);
});

test('npm --ignore-scripts installs a package that works', async (context) => {
  const { npm, node } = await projectWithNpm(context);
  await npm('install', '--ignore-scripts', 'callfluent');
  assert.match(await node(['app.mjs']), PRINTED);
});

test('npm --omit=optional leaves a package that names the remedy', async (context) => {
  const { npm, node } = await projectWithNpm(context);
  await npm('install', '--omit=optional', 'callfluent');
  await assert.rejects(node(['app.mjs']), ({ stderr }) => {
    assert.match(stderr, /CallFluentError: cannot load the native addon for .*@callfluent\/native-.*npm install without --omit=optional/);
    return true;
  });
});

test('a lock file of another platform installs here', async (context) => {
  const { npm, node, app, addons } = await projectWithNpm(context);
  const [os, cpu] = process.platform === 'darwin' ? ['linux', 'x64'] : ['darwin', 'arm64'];
  await npm('install', '--package-lock-only', `--os=${os}`, `--cpu=${cpu}`, 'callfluent');
  assert.ok(!existsSync(join(app, 'node_modules')));
  await npm('ci');
  assert.match(addons().join(), new RegExp(`^native-${process.platform}-${process.arch}`));
  assert.match(await node(['app.mjs']), PRINTED);
});

test('the package needs no home and no folder for temporary files', async (context) => {
  const { npm, node, folder } = await projectWithNpm(context);
  await npm('install', 'callfluent');
  const missing = join(folder, 'missing');
  const output = await node(['app.mjs'], { HOME: missing, TMPDIR: missing, XDG_CACHE_HOME: missing, XDG_CONFIG_HOME: missing });
  assert.match(output, PRINTED);
  assert.ok(!existsSync(missing));
});
