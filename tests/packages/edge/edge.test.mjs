// Browsers, edge functions and workers have no native code: one sentence says so, and nothing else.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { EdgeVM } from '@edge-runtime/vm';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const SENTENCE = /^sales: callfluent requires Node, Bun or Deno; it cannot run in a browser, an edge function or a worker runtime\./;

async function bundle(entry, conditions, options) {
  const entryPoints = [fileURLToPath(new URL(entry, import.meta.url))];
  const { outputFiles, warnings } = await build({ entryPoints, bundle: true, write: false, conditions, logLevel: 'silent', ...options });
  assert.deepEqual(warnings, []);
  return outputFiles[0].text;
}

test('a bundle for a browser has one clear error', async () => {
  const text = await bundle('app.mjs', [], { platform: 'browser', format: 'iife', globalName: 'app' });
  assert.match(runInContext(`${text}; app.check()`, createContext({})), SENTENCE);
});

test('a bundle for an edge function has one clear error', async () => {
  const text = await bundle('app.mjs', ['edge-light'], { platform: 'neutral', format: 'iife', globalName: 'app' });
  assert.match(new EdgeVM().evaluate(`${text}; app.check()`), SENTENCE);
});

test('a worker of Cloudflare has one clear error', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'callfluent-workerd-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'worker.js'), await bundle('worker.mjs', ['workerd'], { platform: 'neutral', format: 'esm' }));
  const worker = 'modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2025-01-01"';
  const services = `services = [(name = "main", worker = (${worker}))]`;
  writeFileSync(join(folder, 'config.capnp'), `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = (${services});\n`);
  const { default: workerd } = require('workerd');
  const run = promisify(execFile)(workerd, ['test', join(folder, 'config.capnp')], { timeout: 60_000 });
  await assert.rejects(run, ({ stdout, stderr }) => {
    assert.match(stdout + stderr, /Error: sales: callfluent requires Node, Bun or Deno; it cannot run in a browser/);
    return true;
  });
});
