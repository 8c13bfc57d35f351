// Long use leaves nothing behind: after many requests, and many clients that were made and closed,
// this process holds what it held near the beginning.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { figure, FULL, length } from './support/scale.mjs';

const REQUESTS = length(5_000, 200_000);
const CLIENTS = length(100, 2_000);
const here = new URL('.', import.meta.url);

// In a program of its own, which holds nothing else.
const program = (count, use) => `
  import { Sandbox } from ${JSON.stringify(new URL('support/package.mjs', here).href)};
  import { assertNoMoreThan, settled } from ${JSON.stringify(new URL('support/scale.mjs', here).href)};
  const sandbox = await Sandbox.start({ journalLimit: 100 });
  const shared = sandbox.client();
  const use = ${use};
  await use(sandbox, shared, ${count / 10});
  const before = await settled();
  await use(sandbox, shared, ${count - count / 10});
  const after = await settled();
  console.log('after a tenth', JSON.stringify(before), 'at the end', JSON.stringify(after));
  assertNoMoreThan(before, after);`;

const requests = `async (sandbox, shared, count) => {
  const some = async () => { for (let done = 0; done < count / 32; done++) await shared.workspaces.list(); };
  await Promise.all(Array.from({ length: 32 }, some));
}`;

const clients = `async (sandbox, shared, count) => {
  for (let made = 0; made < count; made++) {
    const client = sandbox.client();
    await client.workspaces.list();
    await client.close();
  }
}`;

for (const [what, count, use] of [['requests', REQUESTS, requests], ['clients made and closed', CLIENTS, clients]]) {
  test(`${what}: nothing is left behind`, { timeout: length(60_000, 1_200_000) }, async () => {
    const text = program(count, use);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', text],
      { cwd: here, env: { ...process.env, ...(FULL ? { CALLFLUENT_SOAK: '1' } : {}) } },
    );
    assert.match(stdout, /at the end/);
    figure(`soak, Node, ${count} ${what}: ${stdout.trim()}`);
  });
}
