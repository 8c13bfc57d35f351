// `useSandbox` with subtests, and with tests that run in parallel.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { CallFluent, callfluent, folder } from './support/package.mjs';

const { useSandbox } = callfluent;
const atStart = process.env.CALLFLUENT_BASE_URL;

describe('subtests', () => {
  const sandbox = useSandbox({ beforeEach, afterEach });

  test('a subtest has its own sandbox', async (context) => {
    const outer = sandbox().baseUrl;
    await sandbox().addAgent();
    await context.test('child', async (child) => {
      assert.notEqual(sandbox().baseUrl, outer);
      assert.equal((await new CallFluent().agents.list(1)).length, 0);
      await child.test('grandchild', () => assert.equal(process.env.CALLFLUENT_BASE_URL, sandbox().baseUrl));
    });
    assert.equal(sandbox().baseUrl, outer);
    assert.equal((await new CallFluent().agents.list(1)).length, 1);
  });

  test('the variables are those of the test', () => {
    assert.equal(process.env.CALLFLUENT_BASE_URL, sandbox().baseUrl);
  });

  after(() => assert.equal(process.env.CALLFLUENT_BASE_URL, atStart));
});

describe('a sandbox of a suite with one of each test inside', () => {
  const ofSuite = useSandbox({ before, after });
  const ofTest = useSandbox({ beforeEach, afterEach });

  test('the innermost one has the variables', () => {
    assert.notEqual(ofSuite().baseUrl, ofTest().baseUrl);
    assert.equal(process.env.CALLFLUENT_BASE_URL, ofTest().baseUrl);
  });

  after(() => assert.equal(process.env.CALLFLUENT_BASE_URL, atStart));
});

/** Runs a test file and returns its output. */
function run(code) {
  const file = join(mkdtempSync(join(tmpdir(), 'callfluent-hooks-')), 'file.test.cjs');
  const header = `
    const test = require('node:test');
    const { describe, beforeEach, afterEach, before, after } = test;
    const { useSandbox } = require(${JSON.stringify(join(folder, 'dist/sandbox.js'))});`;
  writeFileSync(file, `${header}\n${code}`);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], { encoding: 'utf8', env }).stdout;
}

test('tests in parallel fail with an error that names both', () => {
  const output = run(`
    const sleep = (time) => new Promise((done) => setTimeout(done, time));
    describe('suite', { concurrency: true }, () => {
      const sandbox = useSandbox({ beforeEach, afterEach });
      test('first', async () => {
        const url = sandbox().baseUrl;
        await sleep(100);
        if (sandbox().baseUrl !== url) throw new Error('another sandbox');
      });
      test('second', () => {});
    });
    after(() => console.log('variable after all tests:', process.env.CALLFLUENT_BASE_URL));`);
  // Node reports the error of a hook for all tests that wait for it.
  assert.match(output, /not ok 2 - second/);
  assert.match(output, /useSandbox: the test "suite > second" runs in parallel with the test "suite > first"/);
  assert.match(output, /variable after all tests: undefined/);
});

test('the hooks of a whole file contain its tests', () => {
  const output = run(`
    const ofFile = useSandbox({ before, after });
    const ofTest = useSandbox({ beforeEach, afterEach });
    test('inside', () => {
      if (ofFile().baseUrl === ofTest().baseUrl) throw new Error('the same sandbox');
    });`);
  assert.match(output, /^ok 1 - inside/m);
});

/** Hooks of a runner that passes contexts, such as Vitest. */
function runner() {
  const hooks = {};
  return { hooks, beforeEach: (run) => (hooks.begin = run), afterEach: (run) => (hooks.end = run) };
}

test('contexts of other runners tell parallel tests apart', async () => {
  const { hooks, beforeEach: begin, afterEach: end } = runner();
  const sandbox = useSandbox({ beforeEach: begin, afterEach: end });
  const [first, second] = [{ task: { name: 'one' } }, { task: { name: 'two' } }];
  await hooks.begin(first);
  const { baseUrl } = sandbox();
  await assert.rejects(hooks.begin(second), /the test "two" runs in parallel with the test "one"/);
  await hooks.end(second);
  assert.equal(sandbox().baseUrl, baseUrl);
  await hooks.end(first);
  assert.throws(sandbox, /the sandbox is not running/);
  assert.equal(process.env.CALLFLUENT_BASE_URL, atStart);
});
