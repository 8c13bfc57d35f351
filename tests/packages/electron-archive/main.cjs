// What the main process of an Electron application does with the package.
const { Sandbox } = require('callfluent/sandbox');

Sandbox.start({ demo: true }).then(async (sandbox) => {
  console.log(`agents: ${(await sandbox.client().agents.list(1)).length}`);
  await sandbox.close();
});
