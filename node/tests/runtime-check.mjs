// The main paths in one program without a test runner, for other runtimes than Node: it prints `ok`
// or throws.
import assert from 'node:assert/strict';

import { CallFluent, NotFoundError } from 'callfluent';
import { Sandbox } from 'callfluent/sandbox';

const sandbox = await Sandbox.start({ demo: true });
const client = sandbox.client();
assert.ok(client instanceof CallFluent);
const [workspace] = await client.workspaces.list();
const agents = await client.agents.list(workspace.id);
await assert.rejects(client.agents.get(999_999), (error) => error instanceof NotFoundError && error.stack.includes('runtime-check'));
const uploaded = await client.knowledge.upload(agents[0].id, [{ name: 'a.txt', data: 'text' }, { name: 'b.txt', data: new Blob(['blob']).stream() }]);
assert.equal(new Set(uploaded.map((file) => file.id)).size, 2);
let calls = 0;
for (const { id } of agents) {
  for await (const call of client.calls.list(id)) {
    calls += call.id ? 1 : 0;
  }
}
assert.ok(calls > 0);
await sandbox.respond({ operation: 'agents.list', delay: 5000 });
const started = performance.now();
await assert.rejects(client.agents.list(workspace.id, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
assert.ok(performance.now() - started < 2000);
await client.close();
await sandbox.close();
console.log('ok');
