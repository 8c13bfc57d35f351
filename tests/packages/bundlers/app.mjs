// A program with the client and the sandbox. It has no top-level await, so that it can be bundled
// as CommonJS, too.
import { CallFluent, NotFoundError } from 'callfluent';
import { Sandbox } from 'callfluent/sandbox';

async function main() {
  const sandbox = await Sandbox.start({ demo: true });
  const client = sandbox.client();
  const error = await client.agents.get(999).catch((thrown) => thrown);
  const agents = await client.agents.list(1);
  console.log(client instanceof CallFluent, error instanceof NotFoundError, agents.length > 0);
  await sandbox.close();
}

main();
