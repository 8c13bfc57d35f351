// Sends a request to a sandbox, as the first program of a user does.
import { CallFluent } from 'callfluent';
import { Sandbox } from 'callfluent/sandbox';

const sandbox = await Sandbox.start({ demo: true });
const client = new CallFluent({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
console.log(`workspaces: ${(await client.workspaces.list()).length}`);
await sandbox.close();
