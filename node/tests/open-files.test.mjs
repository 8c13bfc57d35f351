// The first request of a process without a free file descriptor: it is an error of the package with
// its cause, and the next request works.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { json, serve } from './support/server.mjs';

const here = new URL('.', import.meta.url);
const PROGRAM = `
  import { closeSync, openSync } from 'node:fs';
  import { callfluent, CallFluent } from ${JSON.stringify(new URL('support/package.mjs', here).href)};
  const client = new CallFluent({ maxRetries: 0 });
  const files = [];
  try {
    for (;;) files.push(openSync('/dev/null'));
  } catch {}
  const error = await client.agents.list(1).then(() => undefined, (error) => error);
  files.forEach((file) => closeSync(file));
  if (!(error instanceof callfluent.APIConnectionError)) throw error ?? new Error('the request succeeded');
  if (!/too many open files/i.test(error.message) || error.outcomeUnknown) throw error;
  console.log((await client.agents.list(1)).length);
`;

test('a request without a descriptor is an error that is not kept', { skip: process.platform === 'win32' }, async (context) => {
  const server = await serve((_, response) => json(response, { status: true, data: [] }));
  context.after(server.close);
  // The limit applies to the whole process, so it is one of its own.
  const child = spawn('sh', ['-c', 'ulimit -n 128; exec "$0" "$@"', process.execPath, '--input-type=module', '--eval', PROGRAM], {
    cwd: here,
    env: { ...process.env, CALLFLUENT_API_KEY: 'test-key', CALLFLUENT_BASE_URL: server.baseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, output);
  assert.equal(output, '0\n');
  assert.equal(server.recorded.length, 1);
});
