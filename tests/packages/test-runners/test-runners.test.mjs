// Test runners load the package several times in a process, and wait for what stays open.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
const { NODE_TEST_CONTEXT, ...env } = process.env;

async function run(name, file, args) {
  const program = join(dirname(require.resolve(`${name}/package.json`)), file);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: folder, env, timeout: 120_000 });
  return stdout + stderr;
}

test('Jest ends by itself after the last test', async () => {
  const output = await run('jest', 'bin/jest.js', ['--rootDir', folder, '--testMatch', '**/calls.spec.cjs']);
  assert.match(output, /Tests: +1 passed/);
  assert.doesNotMatch(output, /did not exit|open handle/i);
});

for (const pool of ['threads', 'forks', 'vmThreads', 'vmForks']) {
  test(`Vitest runs two files in the pool ${pool}`, async () => {
    const output = await run('vitest', 'vitest.mjs', ['run', '--globals', '--pool', pool, '--root', folder, 'calls.spec.mjs', 'second.spec.mjs']);
    assert.match(output, /Tests +2 passed/);
    assert.doesNotMatch(output, /hanging|unhandled/i);
  });
}
