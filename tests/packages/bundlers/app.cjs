// The same program as CommonJS.
const { CallFluent, NotFoundError } = require('callfluent');
const { Sandbox } = require('callfluent/sandbox');

async function main() {
  const sandbox = await Sandbox.start({ demo: true });
  const client = sandbox.client();
  const error = await client.agents.get(999).catch((thrown) => thrown);
  const agents = await client.agents.list(1);
  console.log(client instanceof CallFluent, error instanceof NotFoundError, agents.length > 0);
  await sandbox.close();
}

main();
