import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { run, startSandbox } from '../program.mjs';

test('every call of two workspaces is exported once', async (context) => {
  const sandbox = await startSandbox(context, { pageSize: 7 });
  const folder = await mkdtemp(join(tmpdir(), 'calls-'));
  context.after(() => rm(folder, { recursive: true }));
  await sandbox.client().workspaces.create('Second');
  const workspaces = await sandbox.client().workspaces.list();
  const ids = [];
  for (const workspaceId of workspaces.map(({ id }) => id)) {
    for (let number = 0; number < 2; number++) {
      const agent = await sandbox.addAgent({ workspaceId, name: `Agent ${number}` });
      for (let count = 0; count < 20; count++) ids.push((await sandbox.addCall(agent.id)).id);
    }
  }
  const file = join(folder, 'calls.jsonl');
  assert.equal(await run(new URL('export-calls.mjs', import.meta.url), { sandbox, args: [file] }), '80 calls\n');
  const calls = (await readFile(file, 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(calls.map(({ id }) => id).sort(), ids.sort());
  assert.equal(new Set(calls.map(({ workspace }) => workspace)).size, 2);
});
