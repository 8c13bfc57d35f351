// Runs the tests of examples, which the command copies into this folder.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

for (const [example, passed] of [['express-lead-form', 14], ['webhook-receivers', 3]]) {
  test(`the example ${example} passes its tests`, () => {
    const cwd = fileURLToPath(new URL(example, import.meta.url));
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, 'run'], { cwd, env, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`Tests.* ${passed} passed`));
  });
}
