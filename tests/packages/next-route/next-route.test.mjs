import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { environment, startSandbox } from '../program.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function responding(url, options) {
  for (let attempt = 0; attempt < 600; attempt++) {
    const response = await fetch(url, options).catch(() => undefined);
    if (response !== undefined) return response;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} did not respond`);
}

test('a standalone build runs in another folder', async (context) => {
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
  execFileSync(process.execPath, [next, 'build'], { cwd: folder, env: { ...env, NEXT_TELEMETRY_DISABLED: '1' }, stdio: 'pipe' });
  const elsewhere = mkdtempSync(join(tmpdir(), 'callfluent-next-'));
  context.after(() => rmSync(elsewhere, { recursive: true }));
  cpSync(join(folder, '.next', 'standalone'), elsewhere, { recursive: true, verbatimSymlinks: true });
  rmSync(join(folder, '.next'), { recursive: true });

  const sandbox = await startSandbox(context);
  const agent = (await sandbox.client().agents.list(1)).find(({ format }) => format === 'outbound');
  const port = await freePort();
  const server = spawn(process.execPath, [join(elsewhere, 'next-route', 'server.js')], {
    cwd: elsewhere,
    env: { ...environment(sandbox), NODE_TEST_CONTEXT: '', PORT: String(port), HOSTNAME: '127.0.0.1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  context.after(() => server.kill());
  const submit = (fields) =>
    responding(`http://127.0.0.1:${port}/api/lead`, { method: 'POST', body: JSON.stringify({ agent: agent.id, ...fields }) });
  const created = await submit({ phone: '+15550001234', name: 'Ada' });
  assert.equal(created.status, 201, await created.clone().text());
  assert.ok((await created.json()).call);
  assert.equal((await submit({ phone: '555' })).status, 422);
});
