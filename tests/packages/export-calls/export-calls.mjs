// Writes every call of every workspace to a file, one JSON object in each line.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { CallFluent } from 'callfluent';

const client = new CallFluent({ maxConcurrency: 4 });
const output = createWriteStream(process.argv[2]);
let count = 0;
for (const workspace of await client.workspaces.list()) {
  for (const agent of await client.agents.list(workspace.id)) {
    for await (const call of client.calls.list(agent.id)) {
      const line = JSON.stringify({ workspace: workspace.name, agent: agent.name, ...call });
      if (!output.write(`${line}\n`)) {
        await once(output, 'drain');
      }
      count += 1;
    }
  }
}
output.end();
await once(output, 'close');
console.log(`${count} calls`);
