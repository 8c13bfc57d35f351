import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run, startSandbox } from '../program.mjs';

test('a worker thread uses its own variables and ends', async (context) => {
  const sandbox = await startSandbox(context);
  // A key of the process must not be used.
  const env = { CALLFLUENT_API_KEY: 'another', CALLFLUENT_BASE_URL: 'https://production.invalid' };
  const args = [sandbox.apiKey, sandbox.baseUrl];
  const output = await run(new URL('main.mjs', import.meta.url), { sandbox, args, env });
  const agents = await sandbox.client().agents.list(1);
  assert.equal(output, `${agents.map(({ name }) => name).join(', ')}\n`);
});
