// The example of the README runs as printed, against the demo sandbox.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { folder, Sandbox } from './support/package.mjs';

test('the example of the README runs as printed', async () => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const example = readme.split('```js\n')[1].split('```')[0];
  const program = new URL(`./readme-example-${process.pid}.mjs`, import.meta.url);
  await writeFile(program, example);
  const sandbox = await Sandbox.start({ demo: true });
  try {
    const env = { ...process.env, CALLFLUENT_BASE_URL: sandbox.baseUrl, CALLFLUENT_API_KEY: sandbox.apiKey };
    const { stdout } = await promisify(execFile)(process.execPath, [program.pathname], { env, timeout: 30_000 });
    assert.ok(stdout.split('\n').length > 2, stdout);
  } finally {
    await sandbox.close();
    await rm(program);
  }
});
