import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { PRINTED, createProject, fileOf } from './project.mjs';

test('pnpm with its isolated linker installs a package that works', async (context) => {
  const { node, app } = await createProject(context);
  await node([fileOf('pnpm', 'bin/pnpm.mjs'), 'add', 'callfluent']);
  // The addon is beside the package in pnpm's own folder. The program itself cannot load it.
  assert.ok(!existsSync(join(app, 'node_modules', '@callfluent')));
  assert.match(await node(['app.mjs']), PRINTED);
});
